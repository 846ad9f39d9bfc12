import { median } from '../progress/median.ts';
import { type Observed, type Slice, SLICES } from '../progress/speeds.ts';
import { dealBySpeed, secondsOf } from './deal.ts';
import { plural } from '../../shared/plural.ts';

/** By how much the slowest member has to be behind the others, all the time. */
const SLOWER = 1.15;
/** By which part steps have to become shorter, and how much that has to save until the run's end: a change costs a pause. */
const WORTH = 0.1;
const WORTH_SECONDS = 5;
/** Between two changes. */
const QUIET_MS = 2 * 60_000;
const QUIET_AT_MOST_MS = 32 * 60_000;

/** When microbatches were last dealt anew among the same members, and for how long that has to do. */
export interface Dealing {
  readonly at: number;
  readonly quietMs: number;
}

export interface Shared {
  /** In the order of ranks, with the number of their microbatches. */
  readonly members: readonly { readonly id: string; readonly name: string; readonly held: number }[];
  readonly observed: Observed;
  readonly stepsLeft: number;
  /** Null: not yet among these members. */
  readonly last: Dealing | null;
}

/** `deal`: how many microbatches each rank gets from here on; null: as before. */
export interface Sharing {
  readonly deal: readonly number[] | null;
  readonly why: string;
}

/**
 * Whether one that is slow gets fewer microbatches, or more again. It has to be the slowest one all the time, another deal has to help,
 * and each change makes the next one wait twice as long: a machine that is now fast, now slow is left alone.
 */
export function share({ members, observed, stepsLeft, last }: Shared, now: number): Sharing {
  const { slices, speeds } = observed;
  if (last !== null && now < last.at + last.quietMs) return keep('they were dealt anew a short time ago');
  if (members.length < 2 || slices.length < SLICES) return keep('too little is known');
  const slow = members.find(({ id }) => slices.every((slice) => slice.get(id)!.busy > SLOWER * othersIn(slice, id)));
  if (slow === undefined) return keep('nobody is slower than the others all the time');
  const known = members.flatMap(({ id }) => speeds.get(id) ?? []);
  if (known.length < members.length) return keep('not all have one');
  const total = members.reduce((sum, { held }) => sum + held, 0);
  const deal = dealBySpeed(total, known);
  const held = members.map((member) => member.held);
  const saved = secondsOf(held, known) - secondsOf(deal, known);
  const step = median(slices.map((slice) => slice.get(slow.id)!.total));
  if (saved <= WORTH * step || saved * stepsLeft <= WORTH_SECONDS) return keep('no other deal is worth it');
  const busy = median(slices.map((slice) => slice.get(slow.id)!.busy));
  const others = median(slices.map((slice) => othersIn(slice, slow.id)));
  return {
    deal,
    why: `${slow.name} is slow: ${seconds(busy)} for ${slow.held} of ${plural(total, 'microbatch')}, the others take ${seconds(others)}`,
  };
}

/** After a change at `now`. */
export function dealtAt(last: Dealing | null, now: number): Dealing {
  return { at: now, quietMs: last === null ? QUIET_MS : Math.min(2 * last.quietMs, QUIET_AT_MOST_MS) };
}

/** How long the others compute in a step. */
function othersIn(slice: Slice, id: string): number {
  return median([...slice].filter(([other]) => other !== id).map(([, { busy }]) => busy));
}

function keep(why: string): Sharing {
  return { deal: null, why };
}

function seconds(value: number): string {
  return value < 1 ? `${Math.round(1000 * value)} ms` : `${value.toFixed(1)} s`;
}
