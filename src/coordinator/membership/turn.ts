import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { RunEvent } from '../progress/events.ts';
import type { Effect } from './effect.ts';
import type { Facts, Terms } from './facts.ts';
import type { Difference, Member, MemberState } from './member.ts';
import { type Generation, type Phase, ranksIn, type RunModel } from './model.ts';
import { memberIn, placeOf } from './member-index.ts';
import { carryNames } from './member-names.ts';
import { carryTally } from './tally.ts';
import { isForeseen } from './transitions.ts';
import type { Waiting } from './verdicts.ts';

/**
 * One turn of the machine: from the model before an input to the one after it. A draft in the hands of one call of `next`; what goes
 * in and what comes out does not change.
 */
export class Turn {
  readonly now: number;
  readonly facts: Facts;
  readonly terms: Terms;
  readonly effects: Effect[] = [];
  /** Why the phase changed, and to what; empty: it did not. */
  readonly reasons: string[] = [];
  #model: RunModel;
  /** Its own copy of the members, in which they change until the turn is over: each of thousands may, in one turn. */
  #draft: Member[] | null = null;

  constructor(model: RunModel, now: number, facts: Facts, terms: Terms) {
    this.#model = model;
    this.now = now;
    this.facts = facts;
    this.terms = terms;
  }

  /** As it is now: its list of members may be another with the next change, or the same with another member in it. */
  get model(): RunModel {
    return this.#model;
  }

  get phase(): Phase {
    return this.#model.phase;
  }

  /** The one setter of the phase. */
  enter(phase: Phase, why = ''): void {
    const from = this.#model.phase.name;
    this.set({ phase });
    this.reasons.push(why === '' ? phase.name : `${phase.name}: ${why}`);
    // A way that nobody has thought of is gone all the same; whoever reads the log shall know.
    const odd = isForeseen(from, phase.name) ? {} : { unforeseen: true };
    this.do({ type: 'log', entry: { state: phase.name, from, ...(why === '' ? {} : { why }), ...odd } });
  }

  /** Other data of the phase that the run is in. */
  stay(phase: Phase): void {
    this.set({ phase });
  }

  set(changed: Partial<RunModel>): void {
    this.#model = { ...this.#model, ...changed };
  }

  do(effect: Effect): void {
    this.effects.push(effect);
  }

  tell(event: RunEvent): void {
    this.do({ type: 'tell', event });
  }

  warn(message: string): void {
    this.log({ warning: message });
    this.tell({ type: 'warning', message });
  }

  log(entry: Readonly<Record<string, unknown>>): void {
    this.do({ type: 'log', entry });
  }

  send(to: string, message: ToWorker): void {
    this.do({ type: 'send', to, message });
  }

  member(id: string): Member | undefined {
    return memberIn(this.#model.members, id);
  }

  add(member: Member): void {
    this.#become([...this.#model.members, member], { come: member });
  }

  change(id: string, changed: Partial<Omit<Member, 'id' | 'state'>>): void {
    const before = this.member(id);
    if (before !== undefined) this.#replace({ ...before, ...changed });
  }

  /** The one setter of a member's state. */
  put(id: string, state: MemberState): void {
    const before = this.member(id);
    if (before === undefined) return;
    if (before.state.name !== state.name) {
      this.log({ worker: before.name, state: state.name, from: before.state.name });
    }
    this.#replace({ ...before, state });
  }

  #replace(member: Member): void {
    const members = this.#draft ?? [...this.#model.members];
    const place = placeOf(members, member.id);
    const gone = members[place]!;
    members[place] = member;
    this.#become(members, { gone, come: member });
  }

  remove(id: string): void {
    const gone = this.member(id);
    if (gone === undefined) return;
    this.#become(
      this.#model.members.filter((member) => member !== gone),
      { gone },
    );
  }

  #become(members: Member[], difference: Difference): void {
    const before = this.#model.members;
    carryTally(before, members, difference);
    carryNames(before, members, difference);
    divided.delete(members);
    this.#draft = members;
    this.set({ members });
  }

  /** Members that are connected. */
  get linked(): readonly Member[] {
    return this.#model.members.filter(({ link }) => link !== null);
  }

  /** Members of the generation that are still there, in the order of ranks. */
  get seats(): readonly Member[] {
    return divide(this.#model).seats;
  }

  /** Members that are connected and of no generation. */
  get joiners(): readonly Member[] {
    return divide(this.#model).joiners;
  }

  nameOf(id: string): string {
    return this.member(id)?.name ?? id;
  }

  /** The protocol is broken by it: its connection ends, and with it what it takes part in. */
  outOfTurn(from: string, what: string): void {
    const link = this.member(from)?.link ?? null;
    if (link === null) return;
    const reason = `'${what}' came while the run is ${this.phase.name}`;
    this.do({ type: 'close', link, close: 'outOfTurn', reason });
  }
}

interface Divided {
  readonly generation: Generation | null;
  readonly seats: readonly Member[];
  readonly joiners: readonly Member[];
}

/** Of the members as they are, for as long as they are: a turn asks more than once, and most of what comes changes none of them. */
const divided = new WeakMap<RunModel['members'], Divided>();

function divide({ members, generation }: RunModel): Divided {
  const known = divided.get(members);
  if (known?.generation === generation) return known;
  const ranked = generation === null ? null : ranksIn(generation);
  const places: Member[] = [];
  const joiners: Member[] = [];
  for (const member of members) {
    const rank = ranked?.get(member.id);
    if (rank !== undefined) places[rank] = member;
    else if (member.link !== null) joiners.push(member);
  }
  // Of those that are gone there are holes, which this passes over.
  const made = { generation, seats: places.filter(() => true), joiners };
  divided.set(members, made);
  return made;
}

export function waiting(members: readonly Member[]): readonly (Waiting & { readonly id: string })[] {
  return members.map(({ id, name, remote }) => ({ id, name, remote }));
}
