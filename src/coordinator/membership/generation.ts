import { deflatedCrowd } from '../../shared/protocol/crowd.ts';
import type { KeptGeneration } from './keeper.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { Generation } from './model.ts';

type Announcement = Extract<ToWorker, { readonly type: 'generation' }>;

/** What the member of a rank is told. All but that is the same for all, and made once: it names all of them. */
export function announcementOf(generation: Generation): (rank: number, inflates: boolean) => Announcement {
  const { number, key, topology, members, microbatches, firstStep } = generation;
  const crowd = {
    members: members.map(({ id, name, address, fingerprint }) => ({
      workerId: id,
      name,
      address,
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })),
    microbatches: microbatches.map(({ start, end }): [number, number] => [start, end]),
  };
  const all = { type: 'generation', generation: number, key, topology, ...crowd, step: firstStep } as const;
  const deflated = deflatedCrowd(crowd);
  return (rank, inflates) => ({ ...all, rank, ...(inflates && deflated !== null ? { deflated } : {}) });
}

/** As the ledger writes it with each step: which microbatches each worker computes. */
export function dealtByName({
  members,
  microbatches,
}: Generation): Readonly<Record<string, readonly [number, number]>> {
  return Object.fromEntries(
    members.map(({ name }, rank) => {
      const { start, end } = microbatches[rank]!;
      return [name, [start, end] as const];
    }),
  );
}

/** Without fingerprints: nobody connects by the record, and whoever comes back says its own again. */
export function keptOf({ members, ...rest }: Generation): KeptGeneration {
  return { ...rest, members: members.map(({ id, name, address }) => ({ workerId: id, name, address })) };
}

export function generationOf({ members, ...rest }: KeptGeneration): Generation {
  return { ...rest, members: members.map(({ workerId, ...seat }) => ({ id: workerId, ...seat })) };
}
