import { finish } from './ending.ts';
import { lose, lostFor } from './losing.ts';
import type { Member } from './member.ts';
import { type InPhase, isSeatedIn } from './model.ts';
import { tryAgain } from './outcome.ts';
import { askForLife } from './probing.ts';
import { gather, settle } from './settle.ts';
import { halt } from './halt.ts';
import { type Turn, waiting } from './turn.ts';
import { welcomeAnew } from './welcoming.ts';
import * as verdicts from './verdicts.ts';

export function connecting(turn: Turn, phase: InPhase<'connecting'>): void {
  const { model, now, terms } = turn;
  const { generation } = model;
  if (generation === null) return;
  if (!phase.announced) {
    // Nobody has heard of it, so nothing has to be undone.
    const { seats } = turn;
    if (seats.length === generation.members.length) return;
    if (seats.some(({ state }) => state.name === 'halted'))
      return settle(turn, 'a member was lost before it could be seated');
    // Whoever came since waits to be healed, and there is nobody who could.
    const since = turn.joiners;
    turn.set({ generation: null });
    gather(turn, 'a worker was lost before it could be seated');
    return welcomeAnew(turn, since);
  }
  // Among thousands that are missing, one is enough to wait for. They come in the order in which they were told, about.
  const isAwaited = ({ id, state }: Member): boolean =>
    state.name === 'seated' && !state.connected && isSeatedIn(generation, id);
  if (now < phase.until && model.members.findLast(isAwaited) !== undefined) return askForLife(turn);
  const missing = turn.seats.filter(({ state }) => state.name === 'seated' && !state.connected);
  if (missing.length === 0) return begin(turn);
  askForLife(turn);
  if (now < phase.until) return;
  if (generation.topology === 'mesh' && terms.job.topology === 'auto') return withoutMesh(turn, missing);
  const sentence = verdicts.neverConnected(
    waiting(missing),
    turn.seats.length,
    generation.topology,
    terms.deadlines.connect,
  );
  if (!model.begun || missing.length === turn.seats.length) return finish(turn, tryAgain('NOT_CONNECTED', sentence));
  for (const member of missing)
    lose(turn, member.id, 'it could not connect to the others', lostFor(member, sentence, 'unreachable'));
  if (turn.phase.name === 'connecting') halt(turn, { to: 'recover' }, sentence);
}

/** They go on by way of the coordinator. Nobody is lost by it, but for those that do not answer. */
function withoutMesh(turn: Turn, missing: readonly Member[]): void {
  const { model, terms } = turn;
  const why = verdicts.unmeshed(
    missing.map(({ name, hello }) => ({ name, address: hello.address })),
    terms.deadlines.mesh,
  );
  const before = Object.entries(model.unmeshed).filter(([id]) => turn.member(id) !== undefined);
  turn.set({ unmeshed: Object.fromEntries([...before, ...missing.map(({ id }) => [id, why] as const)]) });
  halt(turn, { to: 'recover' }, why);
}

function begin(turn: Turn): void {
  const { facts, model, seats } = turn;
  const { number, firstStep } = model.generation!;
  const { evaluate, checkpoint } = facts.owed(firstStep);
  turn.enter({ name: 'training', admitAt: null, remindAt: null });
  turn.set({ begun: true });
  turn.do({ type: 'resume' });
  for (const { id, state } of seats) {
    if (state.name !== 'seated') continue;
    turn.put(id, { name: 'training', ready: state.ready });
    const owed = { ...(evaluate ? { evaluate } : {}), ...(checkpoint ? { checkpoint } : {}) };
    turn.send(id, { type: 'begin', generation: number, ...owed });
  }
}
