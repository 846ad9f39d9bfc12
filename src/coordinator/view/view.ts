import type { RunStatus } from '../http/status.ts';
import type { ShownEvent, ShownGeneration, WorkerMeasure } from '../progress/chronicle.ts';
import type { CurvePoint } from '../progress/curve.ts';

/** The types of what the page is told; bundled into it, so nothing here may need Node. */

type Status = Exclude<RunStatus, { readonly state: 'opening' }>;

/** As /api/run says it, but for its curve, of which the page has a better one. A run that is over may have no state of its own. */
export type ShownRun = Omit<Status, 'curve' | 'state'> & {
  readonly state: string;
  /** How many workers there are; of thousands, `workers` has a part. */
  readonly present: number;
};

/** Points from `start` on; those before stay as they were, unless the revision is another. */
export interface CurvePart {
  readonly revision: number;
  readonly start: number;
  readonly points: readonly CurvePoint[];
}

export interface ShownCheckpoint {
  /** Its name in the folder of checkpoints. */
  readonly file: string;
  readonly step: number;
  readonly bytes: number;
  readonly time: string;
}

/** What the network took a few validation samples for, in the newest evaluation. */
export interface ShownAnswers {
  /** Committed steps. */
  readonly step: number;
  readonly samples: readonly {
    /** By which its picture is asked for: /api/samples/N. */
    readonly sample: number;
    readonly name: string;
    /** Places in the list of classes. */
    readonly label: number;
    readonly answer: number;
    /** Of the answer. */
    readonly probability: number;
  }[];
}

/** What can be typed to do it again, and to join in; null: nobody can, or not any more. `{coordinator}` stands for its address. */
export interface Commands {
  readonly run: string;
  readonly join: string | null;
}

export interface RunView {
  /** Of its folder. */
  readonly name: string;
  /** When this was so: milliseconds since 1970. */
  readonly now: number;
  readonly run: ShownRun;
  readonly curve: CurvePart;
  /** Of those that the run names. */
  readonly workers: readonly WorkerMeasure[];
  /** In a step, by all that train. */
  readonly bytesSent: number;
  readonly generations: readonly ShownGeneration[];
  readonly events: readonly ShownEvent[];
  readonly checkpoints: readonly ShownCheckpoint[];
  /** Null: there is none yet, or the dataset is not at hand. */
  readonly answers: ShownAnswers | null;
  readonly commands: Commands;
}

/** What of it is new. Job and dataset stay what they are; the names of classes alone may be long. */
export type RunNews = Pick<RunView, 'now' | 'curve' | 'workers' | 'bytesSent'> &
  Partial<Pick<RunView, 'generations' | 'events' | 'checkpoints' | 'answers'>> & {
    readonly run: Omit<ShownRun, 'job' | 'dataset' | 'evaluations'> & Partial<Pick<ShownRun, 'evaluations'>>;
  };

/** What a page begins with. `live`: more comes over a socket; `maySteer`: whoever asks may use the buttons. */
export interface PageData {
  readonly live: boolean;
  readonly maySteer: boolean;
  /** None while the dataset is being read; several are laid over each other. */
  readonly runs: readonly RunView[];
}

export type LiveMessage =
  | { readonly type: 'opening' }
  | { readonly type: 'view'; readonly view: RunView }
  | { readonly type: 'news'; readonly news: RunNews };
