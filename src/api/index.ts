/** What `import ... from 'gradsocket'` gives. */
// oxlint-disable-next-line import/no-unassigned-import -- it refuses to begin from a bundle, before any other module does begin
import './own-files.ts';
export { EXIT, type ExitCode, GradsocketError } from '../shared/errors.ts';
export type { LossCause, RunEvent, RunSummary } from '../coordinator/progress/events.ts';
export type { JobSettings } from './job-settings.ts';
export { loadModel } from './load-model.ts';
export type { ClassProbability, Image, LoadOptions, Model, Prediction } from './load-model.ts';
export { train } from './train.ts';
export type { TrainingRun, TrainOptions } from './train.ts';
