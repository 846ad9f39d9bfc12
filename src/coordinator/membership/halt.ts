import type { Aim } from './model.ts';
import { stallAfter } from './patience.ts';
import type { Turn } from './turn.ts';

/** Drops the running step everywhere, to find out who holds what. `stalledMs`, `named`: as in the phase. */
export function halt(
  turn: Turn,
  aim: Aim,
  because: string,
  { stalledMs = null, named = [] }: { readonly stalledMs?: number | null; readonly named?: readonly string[] } = {},
): void {
  const { deadlines } = turn.terms;
  const patience = aim.to === 'end' && aim.outcome.status === 'interrupted' ? deadlines.haltNow : deadlines.halt;
  turn.enter({ name: 'halting', aim, until: turn.now + patience, because, stalledMs, named }, because);
  turn.do({ type: 'pause' });
  for (const { id, told, state } of turn.seats) {
    if (state.name !== 'halted' && state.name !== 'away') turn.send(id, { type: 'halt', generation: told });
  }
}

/** What the members stand still for already, if they are about to; else that they go on. */
export function aimOf({ phase }: Turn): Aim {
  return phase.name === 'draining' ? phase.aim : { to: 'recover' };
}

/** Lets everybody commit the running step, and no other. */
export function drain(turn: Turn, aim: Aim, because: string, admits: readonly string[] = []): void {
  const { facts, terms, now } = turn;
  const patience = aim.to === 'end' ? terms.deadlines.drain : stallAfter(facts.pace, terms.deadlines);
  turn.enter({ name: 'draining', aim, until: now + patience, because, admits }, because);
  for (const { id, state } of turn.seats) if (state.name === 'training') turn.send(id, { type: 'drain' });
}
