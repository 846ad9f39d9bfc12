/** What `import ... from 'gradsocket'` gives. */
export { EXIT, type ExitCode, GradsocketError } from '../shared/errors.ts';
export type { LossCause, RunEvent, RunSummary } from '../coordinator/progress/events.ts';
export type { JobSettings } from './job-settings.ts';
export { loadModel } from './load-model.ts';
export type { ClassProbability, Image, LoadOptions, Model, Prediction } from './load-model.ts';
export { train } from './train.ts';
export type { TrainingRun, TrainOptions } from './train.ts';
