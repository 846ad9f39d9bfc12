import type { ExitCode, GradsocketError } from '../../shared/errors.ts';
import type { Closed } from '../../shared/link/channel.ts';
import type { Message } from './member.ts';
import type { Hold } from './model.ts';

/** What a worker says that changes where the run stands. Reports of steps come as `reported`. */
export type Said = Message<'ready' | 'connected' | 'weights' | 'healed' | 'leaving' | 'failed' | 'peerLost' | 'done'>;

/** What happens to a run. */
export type Input =
  /** Once, before all others. */
  | { readonly type: 'start' }
  /** The same, where nothing is left to do. */
  | { readonly type: 'complete'; readonly early?: string }
  /** First message on a connection, numbered by the interpreter. */
  | { readonly type: 'hello'; readonly link: number; readonly remote: string; readonly hello: Message<'hello'> }
  | { readonly type: 'said'; readonly from: string; readonly message: Said }
  /** A step, evaluation, digest, or part of a checkpoint was taken: what is known of the run's progress has changed. */
  | { readonly type: 'reported'; readonly from: string }
  /** A part of the state went on its way to the worker that is healed with it. */
  | { readonly type: 'relayed'; readonly to: string }
  /** The connection of a member ended. */
  | { readonly type: 'closed'; readonly link: number; readonly closed: Closed }
  /** Whether it has given the sign of life that it was asked for; null: it had no connection for that. */
  | { readonly type: 'probed'; readonly from: string; readonly answers: boolean | null }
  /** Star: a member's connection to the fold broke. */
  | { readonly type: 'foldLost'; readonly generation: number; readonly rank: number; readonly reason: string }
  | { readonly type: 'announced'; readonly generation: number; readonly key: string }
  | { readonly type: 'rewound'; readonly base: { readonly step: number; readonly digest: string | null } }
  | { readonly type: 'saved' }
  | { readonly type: 'interrupted'; readonly reason: string }
  /** A person wants the run held, or (null) no longer. */
  | { readonly type: 'hold'; readonly hold: Hold | null }
  /** The process of a worker has ended; `again`: another is started in its place; `exit`: what a run ends with that cannot begin without it. */
  | {
      readonly type: 'exited';
      readonly name: string;
      readonly why: string;
      readonly again: boolean;
      readonly exit: ExitCode;
    }
  /** The run cannot go on, and no state is worth saving. */
  | { readonly type: 'broken'; readonly error: GradsocketError }
  /** A moment has come that the model waited for, see `wakeAt`. */
  | { readonly type: 'tick' };
