import { cease } from './healing.ts';
import type { Said } from './input.ts';
import { failed, linkBroke } from './losing.ts';
import type { Member, Message } from './member.ts';
import { letGo } from './letting-go.ts';
import { isSeatedIn } from './model.ts';
import { halt } from './halt.ts';
import { countOf, tallyOf, total } from './tally.ts';
import type { Turn } from './turn.ts';

/** What a member says of itself. Its reports of steps are not among it. */
export function said(turn: Turn, member: Member, message: Said): void {
  switch (message.type) {
    case 'ready':
      return ready(turn, member, message);
    case 'connected':
      return connected(turn, member);
    case 'weights':
      return answered(turn, member, message);
    case 'healed':
      return healed(turn, member, message);
    case 'leaving':
      return leaving(turn, member);
    case 'failed':
      return failed(turn, member, message);
    case 'peerLost':
      return peerLost(turn, member, message);
    case 'done':
      return done(turn, member, message);
  }
}

function ready(turn: Turn, member: Member, message: Message<'ready'>): void {
  const { state } = member;
  // Said before it heard that it begins with something else: what it holds is not that.
  if (message.nth !== undefined && message.nth < member.welcomes) return;
  if (state.name !== 'preparing' || member.welcomes === 0) return turn.outOfTurn(member.id, 'ready');
  const { phase, model, terms } = turn;
  const { step } = message;
  if ((phase.name === 'gathering' || phase.name === 'preparing') && step !== model.base.step) {
    return turn.outOfTurn(member.id, `ready at step ${step}, where step ${model.base.step} is next`);
  }
  turn.put(member.id, { name: 'ready', ready: message });
  const { linked } = tallyOf(turn.model.members);
  turn.tell({
    type: 'workerJoined',
    worker: member.name,
    engine: message.engine,
    device: message.device,
    threads: message.threads,
    joined: total(linked) - countOf(linked, 'preparing'),
    wanted: terms.workers.wanted,
  });
}

function connected(turn: Turn, { id, name, state }: Member): void {
  const { phase } = turn;
  // Our halt may have crossed it, or our drain.
  if (phase.name === 'halting' || phase.name === 'draining') return;
  if (state.name === 'training') {
    // It says so again as it comes back: its connection broke, or the coordinator died, before it heard that it begins. What it owes of
    // evaluations and checkpoints was said with that: it hears of it in another generation.
    if (phase.name === 'returning') return turn.stay({ ...phase, stranded: [...phase.stranded, id] });
    if (phase.name === 'training') return halt(turn, { to: 'recover' }, `${name} came back and had not begun`);
  }
  if (phase.name !== 'connecting' || state.name !== 'seated') return turn.outOfTurn(id, 'connected');
  turn.put(id, { ...state, connected: true });
}

/** An answer to `halt` or `drain`. Digests of a checkpoint come as reports. */
function answered(turn: Turn, member: Member, answer: Message<'weights'>): void {
  const { id, state } = member;
  const { phase } = turn;
  switch (state.name) {
    case 'healed':
      cease(turn, member);
      if (answer.step !== state.step)
        return turn.put(id, { name: 'ready', ready: { ...state.ready, step: answer.step } });
      return turn.put(id, { name: 'halted', ready: state.ready, answer });
    case 'seated':
    case 'training':
    case 'done':
      if (phase.name === 'draining' || phase.name === 'halting') {
        return turn.put(id, { name: 'halted', ready: state.ready, answer });
      }
      if (phase.name === 'returning') {
        // It was told to halt before the coordinator was started again.
        turn.stay({ ...phase, stranded: [...phase.stranded, id] });
        return;
      }
      if (phase.name === 'training') {
        return halt(turn, { to: 'recover' }, `${member.name} had been told to halt before`);
      }
      return;
    case 'halted':
      return turn.put(id, { ...state, answer });
    case 'ready':
    case 'healing':
      // Otherwise it was asked before its source was lost.
      if (phase.name !== 'halting' || !isSeatedIn(turn.model.generation, id)) return;
      cease(turn, member);
      return turn.put(id, { name: 'halted', ready: state.ready, answer });
    case 'preparing':
    case 'away':
      return turn.outOfTurn(id, 'weights');
  }
}

function healed(turn: Turn, { id, name, state, welcomes }: Member, { step }: Message<'healed'>): void {
  if (step > turn.facts.newest + 1) return turn.outOfTurn(id, `healed to step ${step}`);
  if (state.name === 'healing') {
    if (state.step === null) {
      turn.tell({ type: 'workerHealed', worker: name, source: turn.nameOf(state.source), step });
    }
    return turn.put(id, { ...state, step, heard: turn.now });
  }
  // Its source was lost when all was on the way already.
  if (state.name === 'ready') return turn.put(id, { name: 'ready', ready: { ...state.ready, step } });
  // A second welcome may have crossed it.
  if (state.name === 'preparing' && welcomes < 2) turn.outOfTurn(id, 'healed');
}

function leaving(turn: Turn, member: Member): void {
  const { id, state } = member;
  if (member.leaving) return;
  turn.change(id, { leaving: true });
  turn.tell({ type: 'workerLeaving', worker: member.name });
  const seated = isSeatedIn(turn.model.generation, id);
  if (!seated || turn.phase.name === 'gathering' || turn.phase.name === 'preparing') {
    return letGo(turn, turn.member(id)!);
  }
  // Nobody trains yet: without it, others are seated.
  if (turn.phase.name === 'connecting' && state.name === 'seated') {
    halt(turn, { to: 'recover' }, `${member.name} wants to leave`);
  }
}

function peerLost(turn: Turn, member: Member, { rank, reason }: Message<'peerLost'>): void {
  const { generation, phase } = turn.model;
  const seat = generation?.members[rank];
  if (generation !== null && seat === undefined) return turn.outOfTurn(member.id, `peerLost of rank ${rank}`);
  const peer = seat === undefined ? undefined : turn.member(seat.id);
  if (phase.name === 'returning') turn.stay({ ...phase, stranded: [...phase.stranded, member.id] });
  linkBroke(turn, `${member.name} lost its connection to ${seat?.name ?? `rank ${rank}`}: ${reason}`, peer);
}

function done(turn: Turn, { id, state }: Member, { step, stopped }: Message<'done'>): void {
  if (state.name !== 'training' || stopped === true) {
    // There was no step left to drop: it was through already.
    if (state.name === 'halted' || state.name === 'done') return;
    return turn.outOfTurn(id, 'done');
  }
  if (step !== turn.terms.total) return turn.outOfTurn(id, `done after step ${step}`);
  turn.put(id, { name: 'done', ready: state.ready, step });
}
