import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkAugmentation } from '../../../data/augment/check.ts';
import { openDataset } from '../../../data/open.ts';
import { augmentationSchema } from '../../../shared/job/augmentation.ts';
import { stepsPerEpoch, type TrainingPlan } from '../../../shared/plan/schedule.ts';
import type { InputConfig } from '../../../worker/input/messages.ts';
import { InputPipeline } from '../../../worker/input/pipeline.ts';
import { cacheMemoryOf } from '../../run/cache-memory.ts';
import type { Measured } from '../measure/part.ts';
import { makeDataset } from '../measure/synthetic.ts';
import type { DataBenchOptions } from './options.ts';
import { temporaryFolder } from '../../../shared/temporary-folder.ts';

interface EpochResult {
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** Of the time: the engine has nothing to compute. */
  readonly waiting: number;
}

const SEED = 1;
const VALIDATION_SPLIT = 0.05;

/** How fast a worker's data thread is, and how long an engine of a given pace waits for it. */
export async function measureData(options: DataBenchOptions): Promise<Measured> {
  const folder = await temporaryFolder('bench');
  try {
    const data = options.data ?? (await makeDataset(options.synthetic, options.samples, join(folder, 'data')));
    const config = await configOf(options, data, join(folder, 'cache'));
    const flatOut = await measurePasses(config, 0);
    const paced = await measurePasses(config, options.pace);
    const { description, plan } = config;
    const result = {
      dataset: { images: plan.samples, shape: description.imageShape, encoding: description.encoding },
      batch: options.batch,
      flatOut,
      paced: { milliseconds: options.pace, epochs: paced },
    };
    const speed = (epoch: EpochResult | undefined): string => `${(epoch?.imagesPerSecond ?? 0).toFixed(0)} images/s`;
    const waiting = (100 * (paced.at(-1)?.waiting ?? 0)).toFixed(1);
    const line = `first epoch ${speed(flatOut[0])}, last one ${speed(flatOut.at(-1))}; an engine of ${options.pace} ms waits ${waiting} % in the last`;
    return { result, line };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function configOf(options: DataBenchOptions, data: string, cacheDir: string): Promise<InputConfig> {
  const { imageSize, batch, epochs, cacheMemory } = options;
  const opening = {
    data,
    imageSize,
    validationSplit: VALIDATION_SPLIT,
    badImages: 'fail',
    seed: SEED,
    cacheDir,
  } as const;
  const { description } = await openDataset(opening);
  const augmentation = augmentationSchema.strip().parse(options);
  checkAugmentation(augmentation, description.imageShape);
  const plan: TrainingPlan = {
    samples: description.trainSamples,
    batch,
    microbatches: 1,
    epochs,
    maxSteps: null,
    evalEvery: 0,
    checkpointEvery: null,
  };
  return {
    plan,
    seed: SEED,
    description,
    masks: [],
    augmentation,
    source: { kind: 'local', ...opening },
    cacheMemory: cacheMemoryOf(cacheMemory, 1).bytes,
  };
}

/** All epochs, with an engine that computes for `pace` milliseconds. */
async function measurePasses(config: InputConfig, pace: number): Promise<readonly EpochResult[]> {
  const { plan } = config;
  const pipeline = await InputPipeline.start(config);
  try {
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    const epochs: EpochResult[] = [];
    for (let epoch = 0; epoch < plan.epochs; epoch++) {
      const start = performance.now();
      let waited = 0;
      for (let step = 0; step < stepsPerEpoch(plan); step++) {
        const asked = performance.now();
        const slot = await pipeline.next();
        waited += performance.now() - asked;
        if (pace > 0) compute(pace);
        slot.release();
      }
      const seconds = (performance.now() - start) / 1000;
      epochs.push({ seconds, imagesPerSecond: plan.samples / seconds, waiting: waited / 1000 / seconds });
    }
    return epochs;
  } finally {
    await pipeline.close();
  }
}

/** As an engine does: blocks this thread. */
function compute(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
