import type { Member } from './member.ts';
import { chooseSource } from './source.ts';
import type { Turn } from './turn.ts';

/** Lets one of `sources` send the state of the run to a worker, if one can. `follow`: and each step from there on. */
export function heal(turn: Turn, id: string, sources: readonly Member[], follow: boolean): void {
  const member = turn.member(id);
  if (member === undefined) return;
  const { state } = member;
  if (state.name !== 'ready' && state.name !== 'halted') return;
  const candidates = sources.map((source) => ({
    id: source.id,
    name: source.name,
    rank: turn.model.generation?.members.findIndex((seat) => seat.id === source.id) ?? 0,
    heals: turn.model.members.filter((other) => sourceOf(other) === source.id).length,
  }));
  const source = chooseSource(candidates);
  if (source === null) return;
  turn.log({ heals: member.name, from: source.name, follow, why: source.why });
  // What it holds until then.
  const { step, weightsDigest } = state.name === 'halted' ? state.answer : state.ready;
  const ready = { ...state.ready, step, weightsDigest };
  // It does not commit what it is given: whoever follows it would wait for these steps for ever.
  for (const other of turn.model.members) if (sourceOf(other) === id) cease(turn, other);
  sourceGone(turn, id);
  turn.put(id, { name: 'healing', ready, source: source.id, follow, step: null, heard: turn.now });
  turn.send(source.id, { type: 'give', to: id, follow });
}

/**
 * Takes whoever was given the state after `step` or an earlier one, and none of the steps since, for one that waits for a source: it has all that it
 * was promised, and the others went on from there. Returns whether it is one.
 */
export function outrun(turn: Turn, { id, state }: Member, step: number): boolean {
  if (state.name !== 'healing' || state.follow || state.step === null || state.step > step) return false;
  turn.put(id, { name: 'ready', ready: { ...state.ready, step: state.step } });
  return true;
}

/** Asks a worker for digests of what it holds, now that it should be what the others hold. */
export function ask(turn: Turn, { id, state }: Member, step: number): void {
  const { generation } = turn.model;
  if (generation === null || (state.name !== 'ready' && state.name !== 'healing')) return;
  const { ready } = state;
  const { source, follow } = state.name === 'healing' ? state : { source: '', follow: false };
  turn.change(id, { told: generation.number });
  turn.put(id, { name: 'healed', ready, source, follow, step });
  turn.send(id, { type: 'halt', generation: generation.number });
}

/** It needs no more of its source. */
export function cease(turn: Turn, member: Member): void {
  const { state } = member;
  if ((state.name === 'healing' || state.name === 'healed') && state.source !== '') {
    turn.send(state.source, { type: 'cease', to: member.id });
  }
}

/** Whoever was being healed by `source`, which gives no more, waits for another one. */
export function sourceGone(turn: Turn, source: string): void {
  for (const member of turn.model.members) {
    const { state } = member;
    if (sourceOf(member) !== source) continue;
    if (state.name === 'healing') {
      // What it has got so far it keeps.
      const ready = { ...state.ready, step: state.step ?? state.ready.step };
      turn.put(member.id, { name: 'ready', ready });
    } else if (state.name === 'healed') turn.put(member.id, { ...state, source: '', follow: false });
  }
}

function sourceOf({ state }: Member): string | null {
  return state.name === 'healing' || state.name === 'healed' ? state.source : null;
}

/** What a worker that is being healed holds; null: nothing yet. */
export function heldBy({ state }: Member): number | null {
  switch (state.name) {
    case 'ready':
      return state.ready.step;
    case 'healing':
    case 'healed':
      return state.step;
    case 'halted':
      return state.answer.step;
    case 'preparing':
    case 'seated':
    case 'training':
    case 'done':
    case 'away':
      return null;
  }
}
