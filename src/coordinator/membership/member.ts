import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';

export type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { readonly type: T }>;

/** What a worker said when its engine was compiled; of one that came back to a restarted coordinator, what `hello` says. */
export type Ready = Pick<Message<'ready'>, 'step' | 'weightsDigest' | 'device' | 'broken'> & {
  readonly engine: Message<'hello'>['engine'];
  readonly threads: number | null;
};

/** What a worker answered to `halt` or `drain`: which step it has committed, and digests of its state. */
type Answer = Message<'weights'>;

/** How far a worker has come, with what it said when it got there. */
export type MemberState =
  /** Compiles, allocates, or receives the checkpoint. */
  | { readonly name: 'preparing' }
  /** Compiled: `ready` says with which engine, and what it holds. It waits for a seat, or for somebody who heals it. */
  | { readonly name: 'ready'; readonly ready: Ready }
  /**
   * `source` (a worker's id) sends it the state of the run. `step`: what it holds of that already; null: not all of it is there.
   * `follow`: the source goes on with the reduced vector of each step that it commits.
   */
  | {
      readonly name: 'healing';
      readonly ready: Ready;
      readonly source: string;
      readonly follow: boolean;
      readonly step: number | null;
      /** When it last got anything. */
      readonly heard: number;
    }
  /** Holds the step that the others stand at, and was asked for digests of it. */
  | {
      readonly name: 'healed';
      readonly ready: Ready;
      readonly source: string;
      readonly follow: boolean;
      readonly step: number;
    }
  /** Told of the generation; `connected`: linked to the others of it. */
  | { readonly name: 'seated'; readonly ready: Ready; readonly connected: boolean }
  /** Commits steps. */
  | { readonly name: 'training'; readonly ready: Ready }
  /** Through with all steps: evaluations and checkpoints are sent. */
  | { readonly name: 'done'; readonly ready: Ready; readonly step: number }
  /** Stands still after a committed step: `answer` says which one. */
  | { readonly name: 'halted'; readonly ready: Ready; readonly answer: Answer }
  /** Its control connection broke; the worker may live, and come back. `before`: what it was until then. */
  | {
      readonly name: 'away';
      readonly before: Settled;
      readonly since: number;
      readonly until: number;
      readonly why: string;
    };

/** What a worker can be when its connection breaks without being lost by it. */
export type Settled = Extract<MemberState, { readonly name: 'training' | 'done' | 'halted' }>;

/** A worker that has said hello. */
export interface Member {
  readonly id: string;
  /** Unique among the members, for people. */
  readonly name: string;
  readonly hello: Message<'hello'>;
  /** `address:port` of its end. */
  readonly remote: string;
  /** Number of its control connection; null: it has none. */
  readonly link: number | null;
  /** The generation that it was last told of, or asked to halt in; 0: none. */
  readonly told: number;
  /** How often it was told what to begin with: what it says may answer an older word. 0: nobody knows yet. */
  readonly welcomes: number;
  /** It has asked to leave. */
  readonly leaving: boolean;
  readonly state: MemberState;
}

/** What it said when it was ready; null: it was not yet. */
export function readyOf(state: MemberState): Ready | null {
  switch (state.name) {
    case 'preparing':
      return null;
    case 'ready':
    case 'healing':
    case 'healed':
    case 'seated':
    case 'training':
    case 'done':
    case 'halted':
      return state.ready;
    case 'away':
      return state.before.ready;
  }
}

/** As metrics and the status page name it. */
export type ShownState =
  | 'preparing'
  | 'ready'
  | 'spare'
  | 'healing'
  | 'training'
  | 'halted'
  | 'away'
  | 'leaving'
  | 'done';

/** `spare`: a worker that is ready has no seat to wait for. */
export function shownState({ state, leaving }: Pick<Member, 'state' | 'leaving'>, spare = false): ShownState {
  if (leaving) return 'leaving';
  switch (state.name) {
    case 'ready':
      return spare ? 'spare' : 'ready';
    case 'seated':
      return 'training';
    case 'healed':
      return 'healing';
    case 'preparing':
    case 'healing':
    case 'training':
    case 'halted':
    case 'away':
    case 'done':
      return state.name;
  }
}

/** Between two lists that hold the same members, but for one that is gone or another than it was, and one that is new or what that is now. */
export interface Difference<T = Member> {
  readonly gone?: T;
  readonly come?: T;
}
