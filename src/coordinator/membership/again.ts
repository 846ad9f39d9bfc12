import { STALLS_IN_A_ROW } from './evict.ts';
import type { Turn } from './turn.ts';

/** The same members go on once more. Returns whether they have done so often enough. */
export function again(turn: Turn): boolean {
  const { again: before } = turn.model;
  const step = turn.facts.complete;
  const times = before.step === step ? before.times + 1 : 1;
  turn.set({ again: { step, times } });
  return times >= STALLS_IN_A_ROW;
}
