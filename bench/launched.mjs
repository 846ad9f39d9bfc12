// Whole runs of `gradsocket launch`, as a person waits for them, with the clock from the start of the command on. Build first.
//
//   node bench/launched.mjs start [MODEL=cnn] [STEPS=1] [DATA=digits]   first committed step and end, of the second start
//   node bench/launched.mjs folder [FILES=50000]                        a folder of small PNG files: both starts, the coordinator's memory
//   node bench/launched.mjs evaluation [MODEL=cnn] [IMAGES=320]         images a second in evaluation and in training
//
// DATA `made`: 32x32x3 pixels that are made up. Prints a line of JSON.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { makeDataset } from '../dist/cli/bench/measure/synthetic.js';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const WORKERS = 2;
const BATCH = { cnn: 64, resnet18: 32 };
const folder = mkdtempSync(join(tmpdir(), 'gradsocket-bench-'));
try {
  const [what, ...words] = process.argv.slice(2);
  const kinds = { start, folder: files, evaluation };
  if (kinds[what] === undefined) throw new Error(`what is one of ${Object.keys(kinds).join(', ')}`);
  console.log(JSON.stringify(await kinds[what](...words)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function start(model = 'cnn', steps = '1', data = 'digits') {
  const from = data === 'made' ? await makeDataset('raw', 4096, join(folder, 'data')) : data;
  const flags = ['--data', from, ...jobOf(model), '--epochs', '1000', '--steps', steps, '--eval-every', '0'];
  await launch(flags);
  const { firstStep, end } = await launch(flags);
  return { firstStepSeconds: firstStep, seconds: end };
}

async function files(count = '50000') {
  const data = join(folder, 'data');
  await writeImages(data, Number(count));
  // As an engineer who comes back to it: what was changed a moment ago is read again.
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  const flags = ['--data', data, '--batch', '64', '--steps', '1', '--eval-every', '0'];
  const [first, second] = [await launch(flags), await launch(flags)];
  const { firstStep, peakMiB } = second;
  return { firstStartSeconds: first.firstStep, secondStartSeconds: firstStep, firstPeakMiB: first.peakMiB, peakMiB };
}

async function evaluation(model = 'cnn', images = '320') {
  // For one image to validate on there are sixteen to train on.
  const data = await makeDataset('raw', 16 * Number(images), join(folder, 'data'));
  const steps = 12;
  const { trained, evaluated } = await launch([
    ...['--data', data, ...jobOf(model), '--epochs', '1000', '--steps', String(steps), '--eval-every', '4'],
  ]);
  return { trainedPerSecond: median(trained), evaluatedPerSecond: median(evaluated) };
}

function jobOf(model) {
  const sizes = ['--batch', String(WORKERS * BATCH[model]), '--microbatches', String(WORKERS)];
  return ['--model', model, '--workers', String(WORKERS), '--engine', 'tensorflow', ...sizes];
}

/** Seconds since the command was started, until what it says. */
async function launch(flags) {
  const runDir = mkdtempSync(join(folder, 'run-'));
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  const child = spawn(process.execPath, [MAIN, 'launch', '--json', '--run-dir', join(runDir, 'run'), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen = { firstStep: null, peakMiB: 0, trained: [], evaluated: [] };
  let last = 0;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const event = JSON.parse(line);
      if (event.type === 'step') {
        seen.firstStep ??= seconds();
        seen.trained.push(event.samples / event.seconds);
        seen.peakMiB = peakOf(child.pid) ?? seen.peakMiB;
        last = seconds();
      }
      if (event.type === 'evaluation') seen.evaluated.push(event.samples / (seconds() - last));
    }
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`launch ended with exit code ${code}`);
  rmSync(runDir, { recursive: true, force: true });
  return { ...seen, end: seconds() };
}

/** null: this system does not tell. */
function peakOf(pid) {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return null;
  }
}

/** Each with pixels of its own, in ten classes. */
async function writeImages(path, count) {
  const side = 8;
  for (let label = 0; label < 10; label++) mkdirSync(join(path, `class-${label}`), { recursive: true });
  for (let index = 0; index < count; index++) {
    const pixels = new Uint8Array(3 * side * side).map((_, at) => (index * 2654435761 + at * 40503) >>> (at % 13));
    new DataView(pixels.buffer).setUint32(0, index);
    const png = await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
      .png({ compressionLevel: 1 })
      .toBuffer();
    writeFileSync(join(path, `class-${index % 10}`, `${index}.png`), png);
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
