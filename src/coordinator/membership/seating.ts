import type { Job } from '../../shared/job/schema.ts';
import { dealMicrobatches, type Range } from '../../shared/plan/microbatches.ts';
import { dealBySpeed, rangesOf } from './deal.ts';

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
  /** Who gets how many of them, where that is not as even as can be; null: it is. */
  readonly shares: string | null;
  readonly topology: 'mesh' | 'star';
  readonly why: string;
}

/** Refused: the sentence says why. */
export interface NoSeating {
  readonly refused: string;
}

/**
 * Who gets which rank and microbatches, and how they exchange gradients. Ranks follow names, so that two runs with the
 * same workers look alike whoever was faster to connect. `speeds`: microbatches a second, by id, of those that were watched.
 */
export function seat(
  candidates: readonly Candidate[],
  microbatches: number,
  topology: Job['topology'],
  speeds: ReadonlyMap<string, number> = new Map(),
): Seating | NoSeating {
  const members = candidates.toSorted(
    (a, b) =>
      a.name.localeCompare(b.name, 'en', { numeric: true }) || a.id.localeCompare(b.id, 'en', { numeric: true }),
  );
  const unreachable = members.filter(({ address }) => address === null).map(({ name }) => name);
  const counts = dealBySpeed(
    microbatches,
    members.map(({ id }) => speeds.get(id) ?? null),
  );
  const dealt = { microbatches: rangesOf(counts), shares: sharesOf(members, counts) };
  if (topology === 'mesh' && unreachable.length > 0 && members.length > 1) {
    return {
      refused:
        `--topology mesh needs workers that reach each other, but ${unreachable.join(', ')} accepts no connection. ` +
        `Start it with --listen, or choose --topology star.`,
    };
  }
  if (topology !== 'auto') return { members, ...dealt, topology, why: `--topology ${topology}` };
  return unreachable.length > 0
    ? {
        members,
        ...dealt,
        topology: 'star',
        why: `${unreachable.join(', ')} accepts no connection, so gradients go through the coordinator`,
      }
    : { members, ...dealt, topology: 'mesh', why: 'every worker can be reached' };
}

/** Of so many workers each is named. */
const NAMED = 8;

function sharesOf(members: readonly Candidate[], counts: readonly number[]): string | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const even = dealMicrobatches(total, counts.length);
  if (counts.every((count, rank) => count === even[rank]!.end - even[rank]!.start)) return null;
  const named = members.slice(0, NAMED).map(({ name }, rank) => `${name} ${counts[rank]}`);
  const others = members.length > NAMED ? `, and ${members.length - NAMED} others` : '';
  return `microbatches by speed: ${named.join(', ')}${others}`;
}
