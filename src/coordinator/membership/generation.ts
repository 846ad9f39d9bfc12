import type { KeptGeneration } from './keeper.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { Generation } from './model.ts';

/** What the member of `rank` is told. */
export function announcement(generation: Generation, rank: number): Extract<ToWorker, { readonly type: 'generation' }> {
  const { number, key, topology, members, microbatches, firstStep } = generation;
  return {
    type: 'generation',
    generation: number,
    key,
    rank,
    topology,
    members: members.map(({ id, name, address, fingerprint }) => ({
      workerId: id,
      name,
      address,
      ...(fingerprint === undefined ? {} : { fingerprint }),
    })),
    microbatches: microbatches.map(({ start, end }) => [start, end]),
    step: firstStep,
  };
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
