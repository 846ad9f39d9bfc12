// @ts-check
// What a fault costs: seconds from SIGKILL, and from SIGSTOP, of one of two workers to the next committed step, gradsocket beside
// torchrun's elastic restart, in turns; images lost; then what it takes to heal a worker that joins, and how long the other pauses.
//
//   node bench/recovery/measure.mjs [PYTHON-WITH-TORCH] [ROUNDS=3]
//
// Prints the tables of docs/recovery.md. Without a Python that has torch its column stays empty.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../scripts/prepare.mjs';
import { healing } from './healing.mjs';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const [python = null, rounds = '3'] = process.argv.slice(2);
const STEPS = 300;
const STRUCK = 100;
const CNN = '--engine wasm --threads 1 --channels 4 --dense 8 --batch 120 --microbatches 6'.split(' ');
/** Of torchrun's collectives: a rank that hangs is noticed by nothing else. Its default is half an hour. */
const GLOO_SECONDS = 10;
/** torchrun's agent waits for half a minute for a process that it has asked to end. */
const PATIENCE_MS = 180_000;

/** @typedef {'kill' | 'stop'} Kind */
/** @typedef {{ seconds: number, lost: number }} Cost */

/** @param {Kind} kind @param {string} runDir @returns {Cost} */
function gradsocket(kind, runDir) {
  const chaos = kind === 'kill' ? `kill@step=${STRUCK},rank=1` : `stop@step=${STRUCK},rank=1,seconds=60`;
  const args = ['launch', '--workers', '2', '--quiet', '--run-dir', runDir, '--chaos', chaos];
  const job = [...CNN, '--epochs', '30', '--steps', String(STEPS)];
  const { status, stderr } = spawnSync(process.execPath, [here('../../dist/cli/main.js'), ...args, ...job], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  const [fault] = JSON.parse(readFileSync(join(runDir, 'chaos.json'), 'utf8')).faults;
  const ledger = readFileSync(join(runDir, 'ledger.jsonl'), 'utf8').split('\n');
  const steps = ledger.flatMap((line) => (line.startsWith('{"type":"step"') ? [JSON.parse(line)] : []));
  const counted = steps.reduce((sum, { start, end }) => sum + end - start, 0);
  const { samples } = JSON.parse(readFileSync(join(runDir, 'summary.json'), 'utf8'));
  return { seconds: fault.costSeconds, lost: samples - counted + (STEPS - steps.length) };
}

/** @param {Kind} kind @param {string} runDir @returns {number | null} null: it did not go on in time */
function torchrun(kind, runDir) {
  mkdirSync(runDir, { recursive: true });
  const args = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', '--max-restarts', '3'];
  const script = [here('./elastic.py'), runDir, STEPS, STRUCK, kind, GLOO_SECONDS].map(String);
  const { stdout } = spawnSync(/** @type {string} */ (python), [...args, ...script], {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  const lines = stdout.split('\n');
  const struck = lines.findIndex((line) => line.startsWith('struck '));
  // What rank 0 had committed before may be told after.
  const next = lines.find((line) => line.startsWith('step ') && Number(line.split(' ')[1]) > STRUCK);
  return next === undefined ? null : Number(next.split(' ')[2]) - Number(lines[struck]?.split(' ')[1]);
}

const median = (/** @type {readonly number[]} */ values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};
const told = (/** @type {readonly number[]} */ values) =>
  values.length === 0
    ? 'none in time'
    : `${median(values).toFixed(2)} s (${values.map((value) => value.toFixed(2)).join(', ')})`;

build();
const folder = mkdtempSync(join(tmpdir(), 'gradsocket-recovery-'));
console.log(`${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}\n`);
try {
  console.log(`| to the next committed step, of ${rounds} | gradsocket | torchrun, elastic | images lost |`);
  console.log('|---|---|---|---|');
  for (const kind of /** @type {const} */ (['kill', 'stop'])) {
    /** @type {Cost[]} */
    const ours = [];
    /** @type {(number | null)[]} */
    const theirs = [];
    for (let round = 1; round <= Number(rounds); round++) {
      ours.push(gradsocket(kind, join(folder, `gradsocket-${kind}-${round}`)));
      if (python !== null) theirs.push(torchrun(kind, join(folder, `torchrun-${kind}-${round}`)));
    }
    const what = kind === 'kill' ? 'a worker is killed' : 'a worker hangs (SIGSTOP)';
    const missed = theirs.filter((seconds) => seconds === null).length;
    const peer = told(theirs.flatMap((seconds) => seconds ?? []));
    const hung = missed === 0 ? '' : `; ${missed} did not go on within ${PATIENCE_MS / 1000} s`;
    const lost = ours.reduce((sum, each) => sum + each.lost, 0);
    console.log(
      `| ${what} | ${told(ours.map(({ seconds }) => seconds))} | ${python === null ? '' : peer + hung} | ${lost} |`,
    );
  }
  console.log(
    '\n| a worker joins one that trains | a step | state | healed in | got meanwhile | pause while it is healed | and as it begins |',
  );
  console.log('|---|---|---|---|---|---|---|');
  for (const model of /** @type {const} */ (['cnn', 'resnet18'])) {
    const { stepMs, stateBytes, seconds, bytes, healingMs, seatingMs } = await healing(model, join(folder, model));
    const mib = (/** @type {number} */ size) => `${(size / 2 ** 20).toFixed(1)} MiB`;
    console.log(
      `| ${model} | ${stepMs.toFixed(0)} ms | ${mib(stateBytes)} | ${seconds.toFixed(2)} s | ${mib(bytes)} | ` +
        [healingMs, seatingMs].map((ms) => `${ms.toFixed(0)} ms, ${(ms / stepMs).toFixed(1)} steps |`).join(' '),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
