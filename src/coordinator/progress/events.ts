import type { CourseChange } from './course-change.ts';
import type { BestCheckpoint } from '../../shared/checkpoint/best.ts';
import type { StepTimes, Vitals } from '../../shared/protocol/shared.ts';

/** What a worker was lost by, for whoever counts. */
export const LOSS_CAUSES = [
  /** Its connection broke, as when its process dies. */
  'connection',
  /** It is connected, and does not answer. */
  'unresponsive',
  /** Its engine was not through with a step while the others were. */
  'stalled',
  /** It said what it may not say. */
  'protocol',
  /** It said that it cannot go on. */
  'failed',
  /** Whoever started it says that its process has ended. */
  'exited',
  /** The others could not connect to it. */
  'unreachable',
  /** It came back without what it held. */
  'replaced',
  /** It did not come back to a coordinator that was started again. */
  'absent',
] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

/** What a run tells whoever shows it: terminal, logs, metrics, metrics.jsonl. In the order in which things happened. */
export type RunEvent =
  /** `metrics`: where they have a port of their own. `tlsPin`: by which workers know the certificate, if there is one. */
  | { readonly type: 'listening'; readonly url: string; readonly metrics?: string; readonly tlsPin?: string }
  | {
      readonly type: 'dataset';
      readonly name: string;
      readonly train: number;
      readonly validation: number;
      readonly classes: number;
      readonly skipped: number;
      /** `--mixup`, where training images are mixed. */
      readonly mixup?: number;
    }
  | {
      readonly type: 'resumed';
      readonly step: number;
      readonly file: string;
      /** Which settings are others from here on; null: none. */
      readonly changed: string | null;
    }
  | {
      readonly type: 'workerJoined';
      readonly worker: string;
      readonly engine: string;
      readonly device: string;
      readonly threads: number;
      readonly joined: number;
      readonly wanted: number;
    }
  | { readonly type: 'workerLost'; readonly worker: string; readonly reason: string; readonly cause: LossCause }
  /** Its control connection broke; it may live, and come back. */
  | { readonly type: 'workerAway'; readonly worker: string; readonly reason: string }
  | { readonly type: 'workerBack'; readonly worker: string }
  /** It was asked to leave, and will once the others have committed a step with it. */
  | { readonly type: 'workerLeaving'; readonly worker: string }
  | { readonly type: 'workerLeft'; readonly worker: string; readonly reason: string }
  /** It holds a state of the run that another worker sent it. */
  | { readonly type: 'workerHealed'; readonly worker: string; readonly source: string; readonly step: number }
  | {
      readonly type: 'generation';
      readonly generation: number;
      readonly workers: number;
      readonly step: number;
      /** How many microbatches of a step each computes, in the order of ranks. */
      readonly shares: readonly { readonly worker: string; readonly microbatches: number }[];
      /** For what reason others, or the same anew, train together. */
      readonly why: string;
    }
  | {
      readonly type: 'step';
      /** Committed steps, and how many the plan has. */
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      /** Means over the global batch. */
      readonly loss: number;
      readonly accuracy: number;
      readonly samples: number;
      readonly learningRate: number;
      /** Of the mean gradient, before it was clipped. */
      readonly gradientNorm: number;
      readonly imagesPerSecond: number;
      /** How long the step took. */
      readonly seconds: number;
    }
  | {
      readonly type: 'workerStep';
      readonly worker: string;
      readonly times: StepTimes;
      readonly bytesSent: number;
      readonly bytesReceived: number;
      /** Of its process, now and then. */
      readonly vitals?: Vitals | undefined;
    }
  | {
      readonly type: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      readonly loss: number;
      readonly accuracy: number;
      readonly samples: number;
    }
  | {
      readonly type: 'checkpoint';
      readonly step: number;
      readonly file: string;
      readonly best: boolean;
      readonly bytes: number;
      /** How long it took to write. */
      readonly seconds: number;
    }
  /** `about`: what was given up, where something was. */
  | {
      readonly type: 'warning';
      readonly message: string;
      readonly about?: 'checkpointFailed' | 'checkpointSkipped';
    }
  /** Somebody asked for it: all stand still after a committed step, until the run goes on. */
  | { readonly type: 'paused' }
  | { readonly type: 'unpaused' }
  | { readonly type: 'stopping'; readonly reason: string }
  | { readonly type: 'finished'; readonly summary: RunSummary }
  | { readonly type: 'failed'; readonly code: string; readonly exitCode: number; readonly message: string };

/** summary.json */
export interface RunSummary {
  readonly status: 'done' | 'interrupted' | 'diverged' | 'failed';
  readonly steps: number;
  readonly epochs: number;
  readonly samples: number;
  readonly trainLoss: number | null;
  readonly trainAccuracy: number | null;
  readonly validationLoss: number | null;
  readonly validationAccuracy: number | null;
  /** After how many steps that was measured. */
  readonly validationStep: number | null;
  /** Over all parts of a run that was resumed. */
  readonly imagesPerSecond: number;
  readonly seconds: number;
  readonly workers: number;
  readonly generations: number;
  readonly engine: string;
  readonly weightsDigest: string | null;
  /** Newest checkpoint, and the best one by --monitor, relative to the run folder. */
  readonly checkpoint: string | null;
  readonly bestCheckpoint: string | null;
  /** What its evaluation said. */
  readonly best: BestCheckpoint | null;
  /** Images that were left out of training and evaluation because they cannot be decoded. */
  readonly skipped: number;
  /** Why it ended before its plan did: `stopped early at epoch 12: ...`; null: it did not. */
  readonly early: string | null;
  /** Settings that became others on the way, each from so many committed steps on. */
  readonly changes: readonly CourseChange[];
}
