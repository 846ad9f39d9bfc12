import type { StatePart } from '../../shared/checkpoint/assembly.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { ChunkSums } from '../messages/from-engine.ts';
import type { Recorded } from './model.ts';
import type { Announcement, Busy, Verdict } from './state.ts';

/** What a session does about an event, in order. */
export type SessionEffect =
  /** Open the control connection; again after it was lost. */
  | { readonly do: 'dial' }
  /** Introduce this worker. `held`: with what it holds of the run. */
  | { readonly do: 'hello'; readonly held: boolean }
  /** The coordinator knows who this is: what is sent from now on reaches it. */
  | { readonly do: 'settle' }
  | { readonly do: 'send'; readonly message: ToCoordinator }
  /** Make replica and engine ready for the job that `welcome` named. `warmUp`: also for a first step as quick as all others. */
  | { readonly do: 'prepare'; readonly warmUp: boolean }
  /** Set the replica to the job's initial values. */
  | { readonly do: 'initialise' }
  /** Say that all is here to begin. `nth`: the welcome that this answers. */
  | { readonly do: 'ready'; readonly nth: number | undefined }
  | { readonly do: 'takeState'; readonly part: StatePart }
  | { readonly do: 'takeReduced'; readonly part: StatePart }
  /** Forget parts of a state or of a vector that did not come whole. */
  | { readonly do: 'dropParts' }
  /** Make the links of a generation. */
  | { readonly do: 'connect'; readonly seat: Announcement }
  /** Let the engine train as stint number `stint`, from the committed state on; first evaluate it, perhaps. */
  | { readonly do: 'train'; readonly seat: Announcement; readonly stint: number; readonly evaluate: boolean }
  /** Raise the stop scalar. */
  | { readonly do: 'stop' }
  /** Let the engine know that `step` is committed and what comes after it. */
  | { readonly do: 'goOn'; readonly step: number; readonly evaluate: boolean; readonly last: boolean }
  /** Let the engine give up what it does. */
  | { readonly do: 'haltEngine' }
  /** Drop the running step and close the links to the peers. */
  | { readonly do: 'endGeneration' }
  /** Tell of the step that was committed. */
  | { readonly do: 'report'; readonly generation: number }
  /** Tell the digests of what is committed. */
  | { readonly do: 'digests'; readonly generation: number }
  /** Answer a halt or a drain with them. `afterGiving`: not before those who follow this worker have been sent all. */
  | {
      readonly do: 'answer';
      readonly generation: number;
      readonly engineBusy: Busy;
      readonly afterGiving: boolean;
    }
  /** Say `room` as soon as no checkpoint is on its way; where one is, tell the digests meanwhile. */
  | { readonly do: 'awaitRoom'; readonly generation: number; readonly step: number }
  /** The same as `digests`, and send the state itself. */
  | { readonly do: 'checkpoint'; readonly generation: number }
  /** Send the state at once. */
  | { readonly do: 'upload' }
  /** Say `uploaded` when no checkpoint is on its way. */
  | { readonly do: 'awaitUploads' }
  | {
      readonly do: 'reportEvaluation';
      readonly generation: number;
      readonly step: number;
      readonly chunks: readonly ChunkSums[];
    }
  | { readonly do: 'give'; readonly to: string; readonly follow: boolean }
  | { readonly do: 'cease'; readonly to: string }
  | { readonly do: 'ceaseAll' }
  /** So much is on the coordinator's disk: it need not be kept for it. */
  | { readonly do: 'recorded'; readonly recorded: Recorded }
  /** Tell again what is not. */
  | { readonly do: 'resend' }
  /** None of it is of use any more. */
  | { readonly do: 'forget' }
  /** Say `timeout` after so long, instead of what was to be waited for before. */
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'stopWaiting' }
  /** Close everything, then end the process. */
  | { readonly do: 'leave'; readonly verdict: Verdict };
