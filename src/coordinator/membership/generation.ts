import { randomBytes } from 'node:crypto';
import type { Range } from '../../shared/plan/microbatches.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { KeptGeneration } from '../store/ledger.ts';
import type { Member } from './member.ts';
import type { Seating } from './seating.ts';

/** A set of workers that train together, from its first step until one is lost or the run ends. */
export interface Generation {
  readonly number: number;
  /** Whoever shows it may connect to the members. */
  readonly key: string;
  readonly topology: 'mesh' | 'star';
  readonly firstStep: number;
  /** In the order of ranks. */
  readonly members: readonly Member[];
  /** By rank. */
  readonly microbatches: readonly Range[];
}

export function newGeneration(
  number: number,
  firstStep: number,
  seating: Seating,
  byId: ReadonlyMap<string, Member>,
): Generation {
  const { topology, microbatches } = seating;
  const members = seating.members.map(({ id }) => byId.get(id)!);
  return { number, key: randomBytes(32).toString('hex'), topology, firstStep, members, microbatches };
}

/** What the member of `rank` is told. */
export function announcement(generation: Generation, rank: number): Extract<ToWorker, { readonly type: 'generation' }> {
  const { number, key, topology, members, firstStep } = generation;
  return {
    type: 'generation',
    generation: number,
    key,
    rank,
    topology,
    members: members.map(({ id, name, hello }) => ({ workerId: id, name, address: hello.address })),
    step: firstStep,
  };
}

/** As it is kept. */
export function onRecord({ members, ...generation }: Generation): KeptGeneration {
  return {
    ...generation,
    members: members.map(({ id, name, hello }) => ({ workerId: id, name, address: hello.address })),
  };
}

/** As the ledger writes it: which microbatches each worker computes. */
export function dealtByName(generation: Generation): Readonly<Record<string, readonly [number, number]>> {
  return Object.fromEntries(
    generation.members.map(({ name }, rank) => {
      const { start, end } = generation.microbatches[rank]!;
      return [name, [start, end] as const];
    }),
  );
}
