import type { Range } from '../../shared/plan/microbatches.ts';
import type { Trace } from '../trace/trace.ts';
import type { Blueprint } from '../assignment/blueprint.ts';
import type { Programs } from './programs.ts';
import type { SampleFeed } from './samples.ts';
import type { FromEngine } from '../messages/from-engine.ts';
import type { ToEngine } from '../messages/to-engine.ts';

/** The steps that the engine is told to compute, until one of them is the last or it is halted. */
export type Stint = Extract<ToEngine, { type: 'train' }>;

/** What the training loop works with. */
export interface TrainingParts {
  readonly blueprint: Blueprint;
  readonly programs: Programs;
  readonly samples: SampleFeed;
  /** How many microbatches are computed at once. */
  readonly abreast: number;
  /** into += from, float by float. */
  readonly add: (into: Float32Array, from: Float32Array, range: Range) => void;
  readonly post: (message: FromEngine) => void;
  /** Seconds. */
  readonly now: () => number;
  /**
   * Called before each group of microbatches and, with the number of committed steps, before each chunk of an evaluation;
   * `parameters` are those that it is computed with.
   */
  readonly fault: (step: number, rank: number, parameters: Float32Array, point?: 'computing' | 'evaluating') => void;
  readonly trace: Trace;
}
