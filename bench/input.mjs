// How many training images a second the data thread prepares: reading, decoding and resizing in the first epoch, only
// augmentation and normalisation once all are cached. Build first (npm run build).
//
//   node bench/input.mjs DATA [IMAGE_SIZE=32] [EPOCHS=10]
//
// scripts/make-photos.mjs makes a folder of JPEG files to try it on.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '../dist/data/open.js';
import { augmentationSchema } from '../dist/shared/job/augmentation.js';
import { positionOf, totalSteps } from '../dist/shared/plan/schedule.js';
import { InputPipeline } from '../dist/worker/input/pipeline.js';

const BATCH = 64;
const SEED = 1;
const KINDS = {
  none: {},
  flip: { flip: true },
  'crop-padding': { cropPadding: 4 },
  'resized-crop': { resizedCrop: 0.6 },
  jitter: { jitter: 0.3 },
  cutout: { cutout: 8 },
  all: { flip: true, cropPadding: 4, resizedCrop: 0.6, jitter: 0.3, cutout: 8 },
};

const [data = 'digits', imageSize = '32', epochs = '10'] = process.argv.slice(2);
const cacheDir = mkdtempSync(join(tmpdir(), 'gradsocket-bench-'));
try {
  const from = { data, imageSize: Number(imageSize), validationSplit: 0.2, badImages: 'skip', seed: SEED, cacheDir };
  const { description } = await openDataset(from);
  console.log(
    `${description.name}: ${description.trainSamples} images of ${description.imageShape.join('x')}, images/s:`,
  );
  for (const [name, settings] of Object.entries(KINDS)) {
    const rates = await measure(from, description, augmentationSchema.parse(settings));
    const later = rates.slice(1).toSorted((a, b) => a - b);
    const median = later[Math.floor(later.length / 2)];
    console.log(`${name.padEnd(13)} ${text(rates[0])} in the first epoch, ${text(median)} in later ones (median)`);
  }
} finally {
  rmSync(cacheDir, { recursive: true, force: true });
}

/** Images a second of each epoch, taken as fast as they come. */
async function measure(from, description, augmentation) {
  const samples = description.trainSamples;
  const plan = {
    samples,
    batch: BATCH,
    microbatches: 1,
    epochs: Number(epochs),
    maxSteps: null,
    evalEvery: 0,
    checkpointEvery: null,
  };
  const source = { kind: 'local', ...from };
  const cacheMemory = 2 ** 30;
  const pipeline = await InputPipeline.start({
    plan,
    seed: SEED,
    description,
    masks: [],
    augmentation,
    source,
    cacheMemory,
  });
  pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
  const rates = [];
  let began = performance.now();
  for (let step = 0; step < totalSteps(plan); step++) {
    const slot = await pipeline.next();
    slot.release();
    if (step + 1 < totalSteps(plan) && positionOf(plan, step + 1).epoch === positionOf(plan, step).epoch) continue;
    rates.push((1000 * samples) / (performance.now() - began));
    began = performance.now();
  }
  await pipeline.close();
  return rates;
}

function text(rate) {
  return Math.round(rate).toLocaleString('en').padStart(8);
}
