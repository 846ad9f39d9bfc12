import type { ExitCode } from '../../shared/errors.ts';
import type { DatasetOptions } from '../../data/samples/dataset.ts';
import type { Mixing } from '../../data/augment/mixup.ts';
import type { Augmentation } from '../../shared/job/augmentation.ts';
import type { Trust } from '../../shared/link/trust.ts';
import type { Network } from '../../shared/network/network.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import type { TrainingPlan } from '../../shared/plan/schedule.ts';
import type { TraceTarget } from '../trace/trace-file.ts';
import type { DatasetDescription } from '../../shared/protocol/shared.ts';
import type { SlotShape } from './slots.ts';

/** Where the data thread gets samples from. */
export type SourceConfig =
  | {
      readonly kind: 'coordinator';
      readonly url: string;
      readonly token: string | null;
      readonly trust?: Trust | undefined;
    }
  /** This machine's own copy, opened as the coordinator opened its own. */
  | ({ readonly kind: 'local' } & Omit<DatasetOptions, 'onProgress'>);

/** What is the same for the whole run. */
export interface InputConfig {
  readonly plan: TrainingPlan;
  readonly seed: number;
  readonly description: DatasetDescription;
  readonly masks: Network['masks'];
  /** Of training samples; those of evaluation stay as they are. */
  readonly augmentation: Augmentation;
  /** How those of a microbatch are mixed with each other; absent or null: not at all. */
  readonly mixing?: Mixing | null;
  readonly source: SourceConfig;
  /** Bytes of decoded images to keep. */
  readonly cacheMemory: number;
  /** Chunks of evaluation that may be computed at once; absent: one. */
  readonly abreast?: number;
  readonly trace?: TraceTarget | null;
}

export interface RingConfig {
  readonly shape: SlotShape;
  readonly memory: SharedArrayBuffer;
}

/** What the data thread is started with. */
export interface ThreadConfig extends InputConfig {
  readonly training: RingConfig;
  readonly evaluation: RingConfig;
}

/** The microbatches that this worker computes in each step from `fromStep` on. */
export interface MicrobatchAssignment {
  readonly fromStep: number;
  readonly microbatches: Range;
  /** Chunks of validation samples that this worker is going to evaluate: fetched during the first epoch. */
  readonly evaluation?: readonly Range[];
}

/** From the engine's thread to the data thread. */
export type ToInput =
  | { readonly type: 'assign'; readonly id: number; readonly assignment: MicrobatchAssignment }
  | { readonly type: 'evaluate'; readonly chunk: Range }
  /** Slots were freed while the data thread waited for one. */
  | { readonly type: 'freed' }
  | { readonly type: 'close' };

/** From the data thread to the engine's thread. */
export type FromInput =
  /** The source is open. */
  | { readonly type: 'ready' }
  /** A slot was filled while the engine's thread waited for one. */
  | { readonly type: 'filled' }
  /** No more slots will come. */
  | { readonly type: 'failed'; readonly code: string; readonly exitCode: ExitCode; readonly message: string };
