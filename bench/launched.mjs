// Whole runs of `gradsocket launch`, as a person waits for them, with the clock from the start of the command on. Build first.
//
//   node bench/launched.mjs start [MODEL=cnn] [STEPS=1] [DATA=digits]   first committed step and end, of the second start
//   node bench/launched.mjs folder [FILES=50000]                        a folder of small JPEG files: both starts, the coordinator's memory
//   node bench/launched.mjs evaluation [MODEL=cnn] [IMAGES=320]         images a second in evaluation, the first one and later, and in training
//   node bench/launched.mjs memory [STEPS=30000] [EVALUATIONS=6000]      by how much memory grows: MiB for a thousand of each
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
  const kinds = { start, folder: files, evaluation, memory };
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
  const count = Number(images);
  // An epoch is a few steps, and after each is an evaluation.
  const data = await makeDataset('raw', 2 * count, join(folder, 'data'), count);
  const { trained, evaluated } = await launch(['--data', data, ...jobOf(model), '--epochs', '5']);
  const [first, ...others] = evaluated;
  return {
    trainedPerSecond: median(trained),
    firstEvaluatedPerSecond: first,
    evaluatedPerSecond: median(others),
  };
}

/**
 * A small network, of which many steps are soon done. By how much the least of the last third is above that of the second: what is kept
 * for ever raises it, and not what V8 collects after a thousand steps. What is loaded and compiled once comes in the first third.
 */
async function memory(steps = '30000', evaluations = '6000') {
  const data = await makeDataset('raw', 64, join(folder, 'data'));
  const network = ['--channels', '4,8', '--dense', '16', '--workers', String(WORKERS), '--engine', 'tensorflow'];
  const flags = ['--data', data, ...network, '--batch', '32', '--epochs', '1000000'];
  const grown = async (/** @type {readonly string[]} */ more, per) => {
    const { resident } = await launch([...flags, ...more]);
    const thirds = resident.at(-1).step / 3;
    const of = (who) => {
      const least = (third) =>
        Math.min(...resident.filter(({ step }) => Math.ceil(step / thirds) === third).map((one) => one[who]));
      return { growthMiB: (1000 * (least(3) - least(2))) / (thirds / per), lastMiB: resident.at(-1)[who] };
    };
    return { coordinator: of('coordinator'), worker: of('worker') };
  };
  return {
    steps: await grown(['--steps', steps, '--eval-every', '0'], 1),
    // Of two steps each.
    evaluations: await grown(['--steps', String(2 * Number(evaluations)), '--eval-every', '1'], 2),
  };
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
  const seen = { firstStep: null, peakMiB: 0, trained: [], evaluated: [], resident: [] };
  let step = 0;
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
        seen.peakMiB = statusOf(child.pid, 'VmHWM') ?? seen.peakMiB;
        last = seconds();
        step = event.step;
      }
      if (event.type === 'evaluation') seen.evaluated.push(event.samples / (seconds() - last));
    }
  });
  const watch = setInterval(() => {
    const coordinator = statusOf(child.pid, 'VmRSS');
    // Those that have just ended have none.
    const workers = childrenOf(child.pid)
      .map((pid) => statusOf(pid, 'VmRSS'))
      .filter(Number.isFinite);
    if (step > 0 && Number.isFinite(coordinator) && workers.length === WORKERS)
      seen.resident.push({ step, coordinator, worker: Math.max(...workers) });
  }, 100);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(watch);
  if (code !== 0) throw new Error(`launch ended with exit code ${code}`);
  rmSync(runDir, { recursive: true, force: true });
  return { ...seen, end: seconds() };
}

/** MiB. null: this system does not tell. */
function statusOf(pid, what) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${what}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]) / 1024;
  } catch {
    return null;
  }
}

/** Process ids; none where this system does not tell. */
function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  } catch {
    return [];
  }
}

/** In ten classes: small JPEG files, each with bytes of its own, by what stands in its comment. */
async function writeImages(path, count) {
  const classes = Array.from({ length: 10 }, (_, label) => join(path, `class-${label}`));
  const images = await Promise.all(
    classes.map((_, label) =>
      sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 25 * label, g: 100, b: 200 } } })
        .jpeg()
        .toBuffer(),
    ),
  );
  for (const one of classes) mkdirSync(one, { recursive: true });
  const comment = Buffer.from([0xff, 0xfe, 0, 6, 0, 0, 0, 0]);
  for (let index = 0; index < count; index++) {
    comment.writeUInt32BE(index, 4);
    const image = images[index % 10];
    // Behind the marker with which every file of the kind begins.
    writeFileSync(
      join(classes[index % 10], `${index}.jpg`),
      Buffer.concat([image.subarray(0, 2), comment, image.subarray(2)]),
    );
  }
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
