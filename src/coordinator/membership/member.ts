import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/** How far a worker has come, with what it said when it got there. */
export type MemberState =
  /** Compiles, allocates, or receives the checkpoint. */
  | { readonly name: 'preparing' }
  /** Compiled and initialised: `ready` says with which engine and weights. */
  | { readonly name: 'ready'; readonly ready: Message<'ready'> }
  /** Linked to the others of the generation; from `begin` on it trains. */
  | { readonly name: 'seated'; readonly ready: Message<'ready'> }
  /** Through with all steps, or with those that were left when it was to stop: `done` says after which. */
  | { readonly name: 'done'; readonly ready: Message<'ready'>; readonly done: Message<'done'> }
  /** Has dropped the running step: `answer` says which one it holds, `before` what it was until then. */
  | { readonly name: 'halted'; readonly answer: Message<'weights'>; readonly before: Settled };

/** What a worker can be when it is told to halt. */
type Settled = Exclude<MemberState, { readonly name: 'preparing' | 'halted' }>;

/** A worker that has said hello. */
export class Member {
  readonly id: string;
  /** Unique among the members, for people. */
  readonly name: string;
  readonly hello: Message<'hello'>;
  readonly channel: CoordinatorChannel;
  readonly #log: (entry: object) => void;
  #state: MemberState = { name: 'preparing' };

  constructor(
    { id, name, hello, channel }: Pick<Member, 'id' | 'name' | 'hello' | 'channel'>,
    log: (entry: object) => void,
  ) {
    this.id = id;
    this.name = name;
    this.hello = hello;
    this.channel = channel;
    this.#log = log;
  }

  get state(): MemberState {
    return this.#state;
  }

  enter(state: MemberState): void {
    const from = this.#state.name;
    this.#state = state;
    this.#log({ worker: this.name, state: state.name, from });
  }
}

/** What a member is once it has said `done`; null: it is not its turn to say so. */
export function afterDone(state: MemberState, done: Message<'done'>): MemberState | null {
  switch (state.name) {
    case 'seated':
      return { name: 'done', ready: state.ready, done };
    case 'halted':
      // There was no step left to drop: it was through already.
      if (state.before.name !== 'seated') return null;
      return { ...state, before: { name: 'done', ready: state.before.ready, done } };
    case 'preparing':
    case 'ready':
    case 'done':
      return null;
  }
}

/** What a member is once it has answered `halt`; null: it is not its turn. */
export function afterHalt(state: MemberState, answer: Message<'weights'>): MemberState | null {
  switch (state.name) {
    case 'ready':
    case 'seated':
    case 'done':
      return { name: 'halted', answer, before: state };
    case 'halted':
      return { ...state, answer };
    case 'preparing':
      return null;
  }
}

/** What it said when it was ready; null: it was not yet. */
export function readyOf(state: MemberState): Message<'ready'> | null {
  switch (state.name) {
    case 'preparing':
      return null;
    case 'ready':
    case 'seated':
    case 'done':
      return state.ready;
    case 'halted':
      return state.before.ready;
  }
}

/** What it said when it was through; null: it is not. */
export function doneOf(state: MemberState): Message<'done'> | null {
  switch (state.name) {
    case 'done':
      return state.done;
    case 'halted':
      return doneOf(state.before);
    case 'preparing':
    case 'ready':
    case 'seated':
      return null;
  }
}

/** What it answered to `halt`; null: nothing yet. */
export function answerOf(state: MemberState): Message<'weights'> | null {
  return state.name === 'halted' ? state.answer : null;
}

/** As metrics and the status page name it. */
export type ShownState = 'preparing' | 'ready' | 'training' | 'done';

export function shownState(state: MemberState): ShownState {
  switch (state.name) {
    case 'seated':
      return 'training';
    case 'halted':
      return shownState(state.before);
    case 'preparing':
    case 'ready':
    case 'done':
      return state.name;
  }
}
