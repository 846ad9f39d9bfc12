import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { AfterCommit } from './after-commit.ts';

/** What a generation's members are told of it, each with its own rank. */
export type Announcement = Extract<ToWorker, { type: 'generation' }>;

/** How this worker's process ends. */
export interface Verdict {
  readonly exitCode: number;
  readonly code: string;
  /** For the person at the terminal. */
  readonly message: string;
}

/** A place in a generation. */
interface Seated {
  readonly seat: Announcement;
}

/** Where a worker's session with the coordinator stands, with what only that state needs. */
export type SessionState =
  /** `welcome` is awaited: the worker has not been told what to train. */
  | { readonly name: 'joining' }
  /**
   * The engine compiles (until `engine`), the replica is initialised or restored from the coordinator's checkpoint (until
   * `restored`).
   */
  | { readonly name: 'preparing'; readonly engine: boolean; readonly restored: boolean }
  /** `ready` is sent; a generation is awaited, and before it, perhaps, the state of a peer that heals this worker. */
  | { readonly name: 'ready' }
  /** A generation is given: links to its members are being made. */
  | ({ readonly name: 'connecting' } & Seated)
  /** `connected` is sent; `begin` is awaited. */
  | ({ readonly name: 'connected' } & Seated)
  /** Steps run. `held`: a step is committed, and the engine waits until the checkpoint before is sent. */
  | ({ readonly name: 'training'; readonly held: HeldStep | null } & Seated)
  /** Steps run, with the stop scalar raised: the running one will be the last. */
  | ({ readonly name: 'draining'; readonly held: HeldStep | null } & Seated)
  /** The last step of the plan is committed: what is owed to the coordinator is sent, then `done`. */
  | ({ readonly name: 'finishing'; readonly uploaded: boolean } & Seated)
  /** `done` is sent; `leave` is awaited. */
  | ({ readonly name: 'done' } & Seated)
  /** A link to a peer broke: no step can end; the coordinator's `halt` or `leave` is awaited, not for ever. */
  | ({ readonly name: 'stranded'; readonly lost: LostPeer } & Seated)
  /**
   * The generation has ended early, and `weights` has told of what is committed: a new generation, the state of a peer that
   * was further, `upload`, `give` or `leave` is awaited.
   */
  | { readonly name: 'halted'; readonly generation: number; readonly engineBusy: Busy }
  /** The process is ending. Nothing is sent or answered any more. */
  | { readonly name: 'left'; readonly verdict: Verdict };

/** Whether the engine was still at work when the generation ended. stepping: if it was not through with the running step. */
export type Busy = boolean | 'stepping';

export interface HeldStep {
  readonly step: number;
  readonly next: AfterCommit;
}

export interface LostPeer {
  /** null: the hub of a star. */
  readonly rank: number | null;
  /** The peer in words. */
  readonly who: string;
  readonly reason: string;
}

export type StateName = SessionState['name'];
export type StateOf<N extends StateName> = Extract<SessionState, { readonly name: N }>;
