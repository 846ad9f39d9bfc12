// A program that knows nothing of gradsocket: loads an exported LayersModel with plain tfjs and counts correct answers.
//   node plain-tfjs.mjs MODEL_FOLDER SAMPLES.json      SAMPLES: { shape: [h, w, c], pixels: [[...], ...], labels: [...] }
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';

const [folder, samplesFile] = process.argv.slice(2);
const { modelTopology, weightsManifest } = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8'));
const files = weightsManifest.flatMap(({ paths }) => paths.map((name) => readFileSync(path.join(folder, name))));
const weights = Buffer.concat(files);
const model = await tf.loadLayersModel(
  tf.io.fromMemory({
    modelTopology,
    weightSpecs: weightsManifest.flatMap((group) => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
  }),
);
const { shape, pixels, labels } = JSON.parse(readFileSync(samplesFile, 'utf8'));
const logits = model.predict(tf.tensor(pixels.flat(), [labels.length, ...shape]));
const answers = await logits.argMax(1).data();
const correct = labels.filter((label, i) => label === answers[i]).length;
console.log(JSON.stringify({ accuracy: correct / labels.length, logits: [...(await logits.data())].slice(0, 100) }));
