import type { Job } from '../../shared/job/schema.ts';
import { dealMicrobatches, type Range } from '../../shared/plan/microbatches.ts';

/** What a generation needs to know of a worker. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
}

export interface Seating {
  /** In the order of ranks. */
  readonly members: readonly Candidate[];
  /** By rank. */
  readonly microbatches: readonly Range[];
  readonly topology: 'mesh' | 'star';
  readonly why: string;
}

/** Refused: the sentence says why. */
export interface NoSeating {
  readonly refused: string;
}

/**
 * Who gets which rank and microbatches, and how they exchange gradients. Ranks follow names, so that two runs with the
 * same workers look alike whoever was faster to connect.
 */
export function seat(
  candidates: readonly Candidate[],
  microbatches: number,
  topology: Job['topology'],
): Seating | NoSeating {
  const members = candidates.toSorted(
    (a, b) =>
      a.name.localeCompare(b.name, 'en', { numeric: true }) || a.id.localeCompare(b.id, 'en', { numeric: true }),
  );
  const unreachable = members.filter(({ address }) => address === null).map(({ name }) => name);
  const dealt = dealMicrobatches(microbatches, members.length);
  if (topology === 'mesh' && unreachable.length > 0 && members.length > 1) {
    return {
      refused:
        `--topology mesh needs workers that reach each other, but ${unreachable.join(', ')} accepts no connection. ` +
        `Start it with --listen, or choose --topology star.`,
    };
  }
  if (topology !== 'auto') return { members, microbatches: dealt, topology, why: `--topology ${topology}` };
  return unreachable.length > 0
    ? {
        members,
        microbatches: dealt,
        topology: 'star',
        why: `${unreachable.join(', ')} accepts no connection, so gradients go through the coordinator`,
      }
    : { members, microbatches: dealt, topology: 'mesh', why: 'every worker can be reached' };
}
