import type { Closed } from '../../shared/link/channel.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { Assignment } from '../assignment/blueprint.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { LostPeer, Verdict } from './state.ts';

type Heard = Exclude<ToWorker, { type: 'welcome' }>;
type Welcome = Extract<ToWorker, { type: 'welcome' }>;

/** What can happen to a session. Messages of the coordinator are events of the same name. */
export type SessionEvent =
  | Heard
  /** `welcome`, with the job checked. */
  | (Pick<Welcome, 'type' | 'workerId' | 'run' | 'resume' | 'heal' | 'nth'> & { readonly assignment: Assignment })
  /** The control connection is open: nothing is said on it yet. */
  | { readonly type: 'linkUp' }
  /** It has ended. */
  | { readonly type: 'linkDown'; readonly closed: Closed }
  /** It cannot be opened, and is not tried any longer. */
  | { readonly type: 'linkLost'; readonly verdict: Verdict }
  | Extract<FromEngine, { type: 'join' | 'failed' | 'interrupt' }>
  /** The programs are compiled. */
  | { readonly type: 'prepared' }
  /** The engine has evaluated its chunks after `step` committed steps. */
  | Extract<FromEngine, { type: 'evaluated' }>
  /** The replica holds what came in `state` messages. */
  | { readonly type: 'restored'; readonly step: number }
  /** The replica has committed what came in `reduced` messages: so many steps now. */
  | { readonly type: 'applied'; readonly step: number }
  /** Every link of the generation is there. */
  | { readonly type: 'linked'; readonly generation: number }
  | ({ readonly type: 'peerLost'; readonly generation: number } & LostPeer)
  /** A step is committed. `stop`: somebody raised the stop scalar in it. */
  | { readonly type: 'committed'; readonly generation: number; readonly step: number; readonly stop: boolean }
  /** No checkpoint is on its way: that of the held step can be sent. */
  | { readonly type: 'room'; readonly step: number }
  /** No checkpoint is on its way. */
  | { readonly type: 'uploaded' }
  /** What was waited for has not come. */
  | { readonly type: 'timeout' };

export type EventName = SessionEvent['type'];
export type EventOf<N extends EventName> = Extract<SessionEvent, { readonly type: N }>;
