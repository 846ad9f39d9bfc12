// @ts-check
// The networks that are compared, and the runs that most rows need: ours, and PyTorch's.
import { ddp, ours } from '../measurements.mjs';

export const MODELS = {
  resnet18: {
    title: 'ResNet-18',
    batch: 32,
    steps: 12,
    quickSteps: 5,
    warmup: 3,
    goal: 1,
    tunedGoal: 1,
    stretch: true,
  },
  cnn: { title: 'CNN', batch: 64, steps: 150, quickSteps: 40, warmup: 10, goal: 1.2, tunedGoal: 1.1, stretch: false },
};
/** @typedef {keyof typeof MODELS} Model */

/** @param {boolean} quick @param {Model} model */
export const stepsOf = (quick, model) => (quick ? MODELS[model].quickSteps : MODELS[model].steps);

/** What we run. @param {boolean} quick @param {Model} model @param {number} workers @param {'f32' | 'bf16'} precision */
export const train = (quick, model, workers, precision) => {
  const { batch, warmup } = MODELS[model];
  const sizes = ['--batch', batch, '--steps', stepsOf(quick, model), '--warmup', warmup].map(String);
  const words = ['--model', model, '--workers', String(workers), '--precision', precision, '--engine', 'tensorflow'];
  // Augmented, because training is; PyTorch's tensors lie ready.
  const augmented = ['--flip', '--crop-padding', '4'];
  return ours(`gradsocket ${model} ${precision} x${workers}`, ['train', ...words, ...sizes, ...augmented]);
};

/** In both memory layouts: the better one counts. @param {boolean} quick @param {Model} model @param {number} workers @param {boolean} bf16 @param {boolean} tuned */
export const peers = (quick, model, workers, bf16, tuned) => {
  const { batch, warmup } = MODELS[model];
  // With channels_last it is the faster one by far on every processor that was tried: the short table takes it as known.
  const layouts = quick ? [false] : [false, true];
  const common = { model, workers, batch, steps: stepsOf(quick, model), warmup, bf16, tuned };
  return layouts.map((contiguous) => ddp({ ...common, contiguous }));
};
