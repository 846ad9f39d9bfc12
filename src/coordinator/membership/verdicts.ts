import { isOrAre, plural } from '../../shared/plural.ts';
import { type Deaths, isBarred } from './crash-loop.ts';

/** Who is named, and what is said, when a wait has ended without what was waited for. */

export interface Waiting {
  readonly name: string;
  /** `address:port`, where it is known. */
  readonly remote: string;
}

function list(workers: readonly Waiting[]): string {
  return workers.map(({ name, remote }) => `${name} (${remote})`).join(', ');
}

function duration(ms: number): string {
  return ms >= 120_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 100) / 10} s`;
}

export function stillMissing(joined: readonly Waiting[], wanted: number, url: string): string {
  const here = joined.length === 0 ? 'none' : joined.map(({ name }) => name).join(', ');
  return (
    `${joined.length} of ${plural(wanted, 'worker')} ${isOrAre(wanted)} here (${here}). Start the others with: ` +
    `gradsocket worker --coordinator ${url}`
  );
}

/** It is said whose fault it is that they are too few. */
export function neverCame(
  joined: readonly Waiting[],
  wanted: number,
  { url, ms, deaths }: { readonly url: string; readonly ms: number; readonly deaths: Readonly<Record<string, Deaths>> },
): string {
  const barred = Object.entries(deaths)
    .filter(([, ofOne]) => isBarred(ofOne))
    .map(
      ([name, { step, times }]) => ` ${name} died at step ${step} ${times} times in a row, and is not let in again.`,
    );
  return `Waited ${duration(ms)} for workers: ${stillMissing(joined, wanted, url)}${barred.join('')}`;
}

/** A run that has trained waits for workers. */
export function stillShort(joined: readonly Waiting[], min: number, step: number, url: string): string {
  const here = joined.length === 0 ? 'none' : joined.map(({ name }) => name).join(', ');
  return (
    `Waiting after step ${step}: ${joined.length} of at least ${plural(min, 'worker')} ${isOrAre(min)} here (${here}). Start another with: ` +
    `gradsocket worker --coordinator ${url}`
  );
}

/** Members of which nobody is connected: they train on, or are no more. */
export function allAway(away: readonly Waiting[], saved: number, url: string): string {
  const one = away.length === 1;
  const from =
    saved > 0 ? `at step ${saved}, the newest checkpoint` : 'at the beginning, as there is no checkpoint yet';
  return (
    `Nothing is heard of ${list(away)}: if ${one ? 'it lives, it trains' : 'they live, they train'} on and ` +
    `${one ? 'comes' : 'come'} back. If not, start another worker, which goes on ${from}: gradsocket worker --coordinator ${url}`
  );
}

export function neverReady(missing: readonly Waiting[], all: number, ms: number): string {
  return `${all - missing.length} of ${plural(all, 'worker')} ${isOrAre(all)} ready after ${duration(ms)}; still missing: ${list(missing)}.`;
}

export function neverConnected(
  missing: readonly Waiting[],
  all: number,
  topology: 'mesh' | 'star',
  ms: number,
): string {
  const advice =
    topology === 'mesh'
      ? 'Check that workers reach each other at the addresses that they advertise, or choose --topology star.'
      : 'Check that nothing between them and the coordinator cuts the connection.';
  return (
    `${all - missing.length} of ${plural(all, 'worker')} ${isOrAre(all)} connected to the others after ${duration(ms)}; still missing: ` +
    `${list(missing)}. ${advice}`
  );
}

/** Why members of a mesh do without it, to go on from. `address`: where each said that peers reach it. */
export function unmeshed(
  missing: readonly { readonly name: string; readonly address: string | null }[],
  ms: number,
): string {
  const who = missing.map(({ name, address }) => `${name} (${address ?? 'no address'})`).join(', ');
  return `${who} did not get connected to the others within ${duration(ms)}`;
}

export function starInstead(why: string): string {
  return (
    `${why}: gradients go through the coordinator (star). That is slower, with the same result; workers say by --listen and ` +
    '--advertise where others reach them.'
  );
}

export interface Suspects {
  /** Did not answer `halt`. */
  readonly silent: readonly Waiting[];
  /** Answered, with an engine that was not through with its part. */
  readonly busy: readonly Waiting[];
  /** Have not committed the step. */
  readonly behind: readonly string[];
}

/** Whoever does not answer hangs; where all do, whoever's engine is not through with its part; else nobody can be named. */
export function stalled(step: number, { silent, busy, behind }: Suspects, ms: number): string {
  const what = `Step ${step} did not end within ${duration(ms)}`;
  if (silent.length > 0) return `${what}: ${list(silent)} ${silent.length === 1 ? 'does' : 'do'} not answer.`;
  if (busy.length > 0) {
    const engines = busy.length === 1 ? 'its engine is' : 'their engines are';
    return `${what}: ${list(busy)} ${busy.length === 1 ? 'answers' : 'answer'}, but ${engines} still at it.`;
  }
  return `${what}, although all workers answer. It was not committed by ${behind.join(', ')}.`;
}
