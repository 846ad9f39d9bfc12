// @ts-check
// What a GPU makes of gradsocket, beside PyTorch where a python3 has it: in half an hour, on a machine that needs no network.
//
//   node bench/gpu/measure.mjs [--results FOLDER] [--from FOLDER] [--only STEP] [--again]
//
// Steps that have left their result are not done again; --again does them. Writes gpu.md, a table for docs/performance.md, and
// prints it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { optionsOf } from '../../scripts/options.mjs';
import { root } from '../../scripts/prepare.mjs';
import { fail, say } from '../../scripts/say.mjs';
import { tableOf } from './table.mjs';

const MAIN = join(root, 'dist', 'cli', 'main.js');
const MODELS = ['cnn', 'resnet18'];
const BATCHES = [64, 256, 1024];
const MINUTE = 60_000;

const values = optionsOf({
  results: { type: 'string', default: 'gpu-results' },
  from: { type: 'string' },
  only: { type: 'string' },
  again: { type: 'boolean', default: false },
});
const results = resolve(values.results);
mkdirSync(results, { recursive: true });
const unpacked = join(root, '..', 'tensorflow');
const from = values.from ?? (existsSync(unpacked) ? unpacked : null);

const steps = {
  setup: () => {
    gradsocket(['setup', '--gpu', '--quiet', ...(from === null ? [] : ['--from', from])], { minutes: 30 });
    return JSON.parse(gradsocket(['setup', '--gpu', '--json']));
  },
  doctor: () => {
    const found = JSON.parse(gradsocket(['doctor', '--json']));
    const report = found.engines.find((/** @type {{ engine: string }} */ { engine }) => engine === 'tensorflow');
    if (!report.accelerated) {
      fail(
        `TensorFlow finds no GPU: ${report.reason ?? "NVIDIA's driver is not here"}. TF_CPP_MIN_LOG_LEVEL=0 says more.`,
      );
    }
    return found;
  },
  gradients: () => [
    ...gradients(['--precision', 'f32'], { NVIDIA_TF32_OVERRIDE: '0' }).map((one) => ({ ...one, arithmetic: 'f32' })),
    ...gradients(['--precision', 'f32'], {}).map((one) => ({ ...one, arithmetic: 'tf32' })),
    ...gradients(['--precision', 'bf16'], {}).map((one) => ({ ...one, arithmetic: 'bf16' })),
  ],
  digits: () => launched(['--epochs', '10', '--workers', '1']),
  'same-bits': () =>
    [1, 2].map((workers) => launched(['--epochs', '2', '--workers', String(workers), '--microbatches', '4'])),
  engine: () =>
    MODELS.flatMap((model) =>
      BATCHES.flatMap((batch) =>
        ['tf32', 'bf16'].map((arithmetic) => {
          const precision = arithmetic === 'bf16' ? 'bf16' : 'f32';
          const shape = ['--model', model, '--batch', String(batch), '--precision', precision];
          const measured = JSON.parse(gradsocket(['bench', 'engine', ...shape, '--optimizer', 'sgd', '--steps', '20']));
          return { ...measured, model, batch, arithmetic };
        }),
      ),
    ),
  train: () =>
    MODELS.flatMap((model) =>
      [1, 2].flatMap((workers) =>
        ['tf32', 'bf16'].map((arithmetic) => {
          const precision = arithmetic === 'bf16' ? 'bf16' : 'f32';
          const shape = ['--model', model, '--batch', String(512 / workers), '--precision', precision];
          const run = ['bench', 'train', ...shape, '--workers', String(workers), '--steps', '30', '--samples', '4096'];
          return { ...JSON.parse(gradsocket(run)), model, batch: 512, workers, arithmetic };
        }),
      ),
    ),
  pytorch: () => {
    if (spawnSync('python3', ['-c', 'import torch; torch.zeros(1).cuda()']).status !== 0) return [];
    return MODELS.flatMap((model) =>
      [...BATCHES, 512].flatMap((batch) =>
        ['tf32', 'bf16'].flatMap((arithmetic) => {
          const shape = [model, '--batch', String(batch), '--arithmetic', arithmetic, '--steps', '20'];
          return [[], ['--deterministic']].map((how) => eager([...shape, ...how]));
        }),
      ),
    );
  },
};

if (values.only !== undefined && !(values.only in steps)) fail(`--only takes ${Object.keys(steps).join(', ')}.`);
/** @type {Record<string, any>} */
const found = {};
for (const [name, measure] of Object.entries(steps)) {
  const path = join(results, `${name}.json`);
  const wanted = values.only === undefined || values.only === name;
  if (wanted && (values.again || !existsSync(path))) {
    say(name);
    writeFileSync(path, `${JSON.stringify(measure(), null, 1)}\n`);
  }
  if (existsSync(path)) found[name] = JSON.parse(readFileSync(path, 'utf8'));
}
const table = tableOf(found);
writeFileSync(join(results, 'gpu.md'), table);
process.stdout.write(table);

/** What a command of ours prints last. @param {readonly string[]} args @param {{ env?: Record<string, string>, minutes?: number }} [how] */
function gradsocket(args, how = {}) {
  return lastLineOf(process.execPath, [MAIN, ...args], how);
}

/** @param {readonly string[]} args @param {Record<string, string>} env @returns {readonly any[]} a line each */
function gradients(args, env) {
  return linesOf(process.execPath, [join(root, 'bench', 'gpu', 'gradients.mjs'), ...args], { env }).map((line) =>
    JSON.parse(line),
  );
}

/** There are many of these, so each is kept by itself. @param {readonly string[]} args */
function eager(args) {
  const path = join(results, `pytorch-${args.join('')}.part`);
  if (values.again || !existsSync(path)) {
    writeFileSync(path, lastLineOf('python3', [join(root, 'bench', 'gpu', 'eager.py'), ...args], {}));
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** A run on the digits: its summary. @param {readonly string[]} args */
function launched(args) {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-gpu-'));
  try {
    gradsocket(['launch', '--run-dir', join(folder, 'run'), ...args], { minutes: 5 });
    return JSON.parse(readFileSync(join(folder, 'run', 'summary.json'), 'utf8'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string} command @param {readonly string[]} args @param {{ env?: Record<string, string>, minutes?: number }} how */
function lastLineOf(command, args, how) {
  return linesOf(command, args, how).at(-1) ?? '';
}

/** @param {string} command @param {readonly string[]} args @param {{ env?: Record<string, string>, minutes?: number }} how */
function linesOf(command, args, { env = {}, minutes = 3 }) {
  const outcome = spawnSync(command, args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: minutes * MINUTE,
    maxBuffer: 64 << 20,
  });
  if (outcome.status === 0) return outcome.stdout.trim().split('\n');
  process.stderr.write(outcome.stderr ?? '');
  return fail(`${command} ${args.join(' ')} ended with ${outcome.status ?? outcome.signal ?? outcome.error?.message}.`);
}
