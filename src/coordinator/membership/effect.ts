import type { CloseName } from '../../shared/protocol/close-codes.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { RunEvent } from '../progress/events.ts';
import type { Generation } from './model.ts';
import type { Outcome } from './outcome.ts';

/** What the machine wants done. The interpreter does it in this order, and decides nothing. */
export type Effect =
  /** To a member, if it is connected. */
  | { readonly type: 'send'; readonly to: string; readonly message: ToWorker }
  /** The same, with the checkpoint that all begin with. */
  | { readonly type: 'welcome'; readonly to: string; readonly heal: boolean; readonly nth: number }
  /** The connection is this member's from here on, and `replaces` (a number, too) no longer is. */
  | { readonly type: 'adopt-link'; readonly link: number; readonly to: string; readonly replaces: number | null }
  /** `rejoined`, with what is on record, and the generation that it was told of last, which need not be the newest one. */
  | { readonly type: 'rejoin'; readonly to: string; readonly generation: number }
  /** `leave`, then the connection is closed. */
  | {
      readonly type: 'dismiss';
      readonly link: number;
      readonly exitCode: number;
      readonly code: string;
      readonly message: string;
      readonly close: CloseName;
    }
  /** Ask a member for a sign of life; `probed` follows. */
  | { readonly type: 'probe'; readonly of: string; readonly withinMs: number }
  /** What comes from it has no effect any more. */
  | { readonly type: 'close'; readonly link: number; readonly close: CloseName; readonly reason: string }
  /** Write the generation ahead; `announced` follows. */
  | { readonly type: 'announce'; readonly generation: Generation }
  /** Reports are this generation's from here on. */
  | { readonly type: 'open'; readonly generation: Generation }
  /** The star's fold, for the generation; null: none is needed. */
  | { readonly type: 'hub'; readonly generation: Generation | null }
  /** Steps are timed from here on. */
  | { readonly type: 'resume' }
  /** Nobody trains. */
  | { readonly type: 'pause' }
  /** So many steps are the run's, whoever of those that have reported them is left. */
  | { readonly type: 'adopt'; readonly steps: number }
  /** What this worker was sending will not be completed. */
  | { readonly type: 'forget'; readonly worker: string }
  /** What comes is saved without anybody else's word. */
  | { readonly type: 'save-all' }
  /** `saved` follows when no checkpoint waits to be written. */
  | { readonly type: 'flush' }
  /** Cut the record back to the newest checkpoint; `rewound` follows. */
  | { readonly type: 'rewind' }
  | { readonly type: 'tell'; readonly event: RunEvent }
  | { readonly type: 'log'; readonly entry: Readonly<Record<string, unknown>> }
  | { readonly type: 'finish'; readonly outcome: Outcome };

/** Effects after which more is known of the run's progress than when the turn began. */
const CHANGES_FACTS: ReadonlySet<Effect['type']> = new Set<Effect['type']>(['open', 'resume', 'adopt', 'save-all']);

export function changesFacts({ type }: Effect): boolean {
  return CHANGES_FACTS.has(type);
}
