import { agree } from './agree.ts';
import { flush, rescue } from './ending.ts';
import { ask, heldBy } from './healing.ts';
import { loseAbsent } from './losing.ts';
import { tryAgain } from './outcome.ts';
import type { Turn } from './turn.ts';

/**
 * All that are left of the generation stand still: the newest state that any of them holds is the run's. `admits`: as in the phase
 * `draining`.
 */
export function settle(turn: Turn, because: string, admits: readonly string[] = []): void {
  const { now, terms } = turn;
  const holdings = turn.seats.flatMap(({ id, state }) =>
    state.name === 'halted' ? [{ worker: id, step: state.answer.step }] : [],
  );
  const { target, why } = agree(holdings, (id) => turn.nameOf(id));
  const until = now + terms.deadlines.heal;
  if (target !== null) return turn.enter({ name: 'agreeing', target, until, because, admits }, `${because}: ${why}`);
  inherit(turn, because, why);
}

/**
 * Nobody that holds the newest state is left but for workers that were healed; without any, all begin at the newest checkpoint, for `why`.
 * One that lacks steps that are on record holds more than that checkpoint all the same: `agreeing` has it saved first.
 */
export function inherit(turn: Turn, because: string, why: string): void {
  const heirs = heirsOf(turn);
  if (heirs === null) return toCheckpoint(turn, why);
  const { step, ids } = heirs;
  const until = turn.now + turn.terms.deadlines.heal;
  turn.enter({ name: 'agreeing', target: step, until, because, admits: ids }, `${because}: others were healed by then`);
  for (const member of turn.linked) if (ids.includes(member.id)) ask(turn, member, step);
}

/** Workers that were healed, and hold more than is saved. Null: there are none. */
function heirsOf({ linked, facts }: Turn): { readonly step: number; readonly ids: readonly string[] } | null {
  const held = linked.flatMap((member) => {
    const step = member.leaving ? null : heldBy(member);
    return step === null || step > facts.newest ? [] : [{ id: member.id, step }];
  });
  const step = Math.max(0, ...held.map((one) => one.step));
  return step === 0 || (step < facts.complete && step <= facts.handedOver)
    ? null
    : { step, ids: held.filter((one) => one.step === step).map(({ id }) => id) };
}

/** Nobody holds anything newer than the newest checkpoint: all begin there again. */
export function toCheckpoint(turn: Turn, why: string): void {
  // First, so that nobody is told to stand still for those that are lost with it.
  turn.set({ generation: null });
  for (const member of turn.model.members) {
    if (member.link !== null) {
      // What it says until it hears of this is of no generation any more.
      turn.change(member.id, { told: 0 });
      continue;
    }
    if (turn.model.stopping === null) loseAbsent(turn, member);
    else turn.remove(member.id);
  }
  turn.enter({ name: 'rewinding' }, why);
  turn.do({ type: 'hub', generation: null });
  turn.do({ type: 'rewind' });
}

/** Waits for workers that all begin alike. */
export function gather(turn: Turn, why = ''): void {
  const { now, terms } = turn;
  const { gather: patience, remind } = terms.deadlines;
  turn.enter({ name: 'gathering', since: now, until: now + patience, remindAt: now + remind }, why);
}

/** Ends a run that lacks workers which nobody will start again. Returns whether there is no hope. */
export function endIfHopeless(turn: Turn): boolean {
  const { givenUp, deaths } = turn.model;
  const [name] = Object.keys(givenUp);
  if (name === undefined) return false;
  const coming = turn.joiners.some(({ state }) => state.name !== 'halted');
  if (coming) return false;
  const death = deaths[name];
  const lost = tryAgain(
    death?.code ?? 'WORKER_LOST',
    `${name} ended before the run did: ${givenUp[name]}.`,
    death?.exitCode,
  );
  if (turn.linked.some(({ state }) => state.name === 'halted')) rescue(turn, lost);
  else flush(turn, lost);
  return true;
}
