import type { Job } from '../../shared/job/schema.ts';
import { hostAndPort } from '../../shared/job/options.ts';
import { isLoopback } from '../../shared/link/credential.ts';
import { unmapped } from '../../shared/link/unmapped.ts';
import { dealMicrobatches, type Range } from '../../shared/plan/microbatches.ts';
import { dealBySpeed, rangesOf } from './deal.ts';
import { plural } from '../../shared/plural.ts';

/** What a generation needs to know of a worker. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly address: string | null;
  readonly fingerprint?: string | undefined;
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
 * `noMesh`: why they do not reach each other, as far as that is known; null: it is not.
 */
export function seat(
  candidates: readonly Candidate[],
  microbatches: number,
  topology: Job['topology'],
  speeds: ReadonlyMap<string, number> = new Map(),
  noMesh: string | null = null,
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
  if (noMesh !== null) {
    return { members, ...dealt, topology: 'star', why: `${noMesh}, so gradients go through the coordinator` };
  }
  return unreachable.length > 0
    ? {
        members,
        ...dealt,
        topology: 'star',
        why: `${unreachable.join(', ')} accepts no connection, so gradients go through the coordinator`,
      }
    : { members, ...dealt, topology: 'mesh', why: 'every worker can be reached' };
}

/**
 * Why some of these workers cannot reach each other; null: nothing is known that says so. `unmeshed`: of those that could not, by id.
 * `remote`: from where the coordinator is reached.
 */
export function whyNoMesh(
  members: readonly (Candidate & { readonly remote: string })[],
  unmeshed: Readonly<Record<string, string>>,
): string | null {
  const seen = members.map(({ id }) => unmeshed[id]).find((why) => why !== undefined);
  if (seen !== undefined) return seen;
  const inside = members.filter(({ address }) => address !== null && isLoopback(hostOf(address)));
  const outside = members.filter(({ address, remote }) => {
    return !isLoopback(hostOf(remote)) && address !== null && !isLoopback(hostOf(address));
  });
  if (inside.length === 0 || outside.length === 0) return null;
  const names = (some: readonly Candidate[]): string => some.map(({ name }) => name).join(', ');
  return `${names(inside)} can be reached from its own machine alone (${inside[0]!.address}), and ${names(outside)} is elsewhere`;
}

/** Of `host:port`, also where IPv6 has no brackets, as in what sockets say. */
function hostOf(address: string): string {
  return unmapped(hostAndPort(address.replace(/^wss?:\/\//, '')).host);
}

/** Of so many workers each is named. */
const NAMED = 8;

function sharesOf(members: readonly Candidate[], counts: readonly number[]): string | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const even = dealMicrobatches(total, counts.length);
  if (counts.every((count, rank) => count === even[rank]!.end - even[rank]!.start)) return null;
  const named = members.slice(0, NAMED).map(({ name }, rank) => `${name} ${counts[rank]}`);
  const others = members.length > NAMED ? `, and ${plural(members.length - NAMED, 'other')}` : '';
  return `microbatches by speed: ${named.join(', ')}${others}`;
}
