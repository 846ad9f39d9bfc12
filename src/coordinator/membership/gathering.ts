import { finish, fail } from './ending.ts';
import type { Member } from './member.ts';
import type { InPhase } from './model.ts';
import { tryAgain } from './outcome.ts';
import { seatAll } from './seats.ts';
import { endIfHopeless, gather } from './settle.ts';
import { brokenEngines, differentStart, mixedEngines } from './start-checks.ts';
import { countOf, tallyOf, total } from './tally.ts';
import { type Turn, waiting } from './turn.ts';
import * as verdicts from './verdicts.ts';

export function gathering(turn: Turn, phase: InPhase<'gathering'>): void {
  const { now, model, terms } = turn;
  const { workers, deadlines, url } = terms;
  const here = total(tallyOf(model.members).linked);
  if (model.begun && endIfHopeless(turn)) return;
  // A run that has trained goes on with fewer, once it is clear that no more come.
  const enough = model.begun && now >= phase.since + deadlines.regather ? (workers.min ?? 1) : workers.wanted;
  if (here >= enough) return prepare(turn, Math.min(here, Math.max(enough, 1)));
  if (now >= phase.until) {
    if (workers.min !== null && here >= workers.min) return prepare(turn, here);
    const sentence = verdicts.neverCame(waiting(turn.linked), workers.wanted, {
      url,
      ms: deadlines.gather,
      deaths: model.deaths,
    });
    return finish(turn, tryAgain('WORKERS_MISSING', sentence));
  }
  if (now >= phase.remindAt) {
    turn.stay({ ...phase, remindAt: now + deadlines.remind });
    turn.warn(verdicts.stillMissing(waiting(turn.linked), workers.wanted, url));
  }
}

function prepare(turn: Turn, need: number): void {
  turn.enter({ name: 'preparing', need, until: turn.now + turn.terms.deadlines.prepare });
}

export function preparing(turn: Turn, phase: InPhase<'preparing'>): void {
  const { now, terms, model } = turn;
  const { linked } = tallyOf(model.members);
  if (total(linked) < phase.need) return gather(turn);
  if (countOf(linked, 'ready') < phase.need && now < phase.until) return;
  const here = turn.linked;
  const ready = here.filter(({ state }) => state.name === 'ready');
  if (ready.length >= phase.need) return begin(turn, ready);
  const missing = here.filter(({ state }) => state.name !== 'ready');
  const enough = model.begun ? (terms.workers.min ?? 1) : (terms.workers.min ?? terms.workers.wanted);
  if (ready.length >= enough) return begin(turn, ready);
  const sentence = verdicts.neverReady(waiting(missing), here.length, terms.deadlines.prepare);
  finish(turn, tryAgain('NOT_READY', sentence));
}

function begin(turn: Turn, ready: readonly Member[]): void {
  const { base } = turn.model;
  const differ = differentStart(ready, base.digest);
  if (differ !== null) return fail(turn, differ);
  for (const sentence of [...brokenEngines(ready), mixedEngines(ready)]) {
    if (sentence !== null) turn.warn(sentence);
  }
  seatAll(turn, ready, base.step, 'all are ready');
}
