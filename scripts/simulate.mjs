// @ts-check
// npm run simulate: histories of a run with faults, one for each seed, in virtual time (tests/simulation).
//
//   npm run simulate -- --seeds 100000 [--from K]     on all cores; prints the seeds that fail
//   npm run simulate -- --seed S                      one history with every event
//   npm run simulate -- --mutants                     breaks the protocol in one place after the other: each must be found out
import { fork, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { copyFileSync, cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { optionsOf } from './options.mjs';
import { build, checkNode, installDependencies, root } from './prepare.mjs';
import { fail, say } from './say.mjs';
import { MUTANTS, mutate } from './simulate/mutants.mjs';

const flags = optionsOf({
  seeds: { type: 'string', default: '2000' },
  from: { type: 'string', default: '0' },
  seed: { type: 'string' },
  calm: { type: 'boolean', default: false },
  mutants: { type: 'boolean', default: false },
  only: { type: 'string' },
  jobs: { type: 'string' },
  verbose: { type: 'boolean', default: false },
});
const seeds = number('seeds', flags.seeds);
const first = number('from', flags.from);
const processes = flags.jobs === undefined ? availableParallelism() : number('jobs', flags.jobs);
const BATCH = 100;

checkNode();
installDependencies();
build();

if (flags.seed !== undefined)
  await trace(compile(root, join(root, '.gradsocket', 'simulation')), number('seed', flags.seed));
else if (flags.mutants) await mutants();
else {
  const { failed, text } = await histories(compile(root, join(root, '.gradsocket', 'simulation')), {
    from: first,
    count: seeds,
    most: Number.POSITIVE_INFINITY,
    progress: true,
  });
  console.log(text);
  process.exit(failed.length === 0 ? 0 : 1);
}

function number(/** @type {string} */ name, /** @type {string} */ text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) fail(`--${name} ${text}: a whole number is needed.`);
  return value;
}

/** Compiles the simulator and what it runs; returns the file of its processes. */
function compile(/** @type {string} */ from, /** @type {string} */ to) {
  rmSync(to, { recursive: true, force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [tsc, '-p', join(from, 'tests', 'simulation', 'tsconfig.json'), '--outDir', to];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) fail(`The simulator does not compile: ${stdout}`);
  const kernels = join('src', 'collective', 'kernels', 'kernels.wasm');
  mkdirSync(join(to, 'src', 'collective', 'kernels'), { recursive: true });
  copyFileSync(join(root, kernels), join(to, kernels));
  return join(to, 'tests', 'simulation', 'child.js');
}

/**
 * Runs `count` histories on all cores, until `most` have failed.
 * @param {string} file
 * @param {{ from: number, count: number, most: number, progress: boolean }} options
 */
async function histories(file, { from, count, most, progress }) {
  const began = performance.now();
  /** @type {{ seed: number, violation: string, told: string }[]} */
  const failed = [];
  /** @type {Record<string, number>} */
  const kinds = {};
  let [next, done, events, told] = [from, 0, 0, began];
  const end = from + count;
  await Promise.all(
    Array.from({ length: Math.min(processes, Math.ceil(count / BATCH)) }, () => {
      const child = fork(file, { stdio: 'inherit' });
      const give = () => {
        if (next >= end || failed.length >= most) return child.disconnect();
        const size = Math.min(BATCH, end - next);
        child.send({ type: 'seeds', from: next, count: size, calm: flags.calm });
        next += size;
      };
      child.on('message', (/** @type {any} */ message) => {
        if (message.type === 'failed') {
          failed.push(message);
          if (progress)
            console.log(
              failed.length > 3 && !flags.verbose ? `seed ${message.seed}: ${message.violation}` : message.told,
            );
          if (failed.length >= most) child.kill();
          return;
        }
        if (message.type === 'done') {
          done += message.count;
          events += message.events;
          for (const [kind, times] of Object.entries(message.kinds)) kinds[kind] = (kinds[kind] ?? 0) + Number(times);
          if (progress && performance.now() - told > 20_000) {
            told = performance.now();
            say(
              `${done} of ${count} histories, ${failed.length} failed, ${(done / ((told - began) / 1000)).toFixed(0)} a second`,
            );
          }
        }
        give();
      });
      return new Promise((resolve) => child.on('exit', resolve));
    }),
  );
  const seconds = (performance.now() - began) / 1000;
  const faults = Object.entries(kinds)
    .map(([kind, times]) => `${kind} ${times}`)
    .join(', ');
  const text = `${done} histories (seeds ${from} to ${from + done - 1}) in ${seconds.toFixed(0)} s, ${(done / seconds).toFixed(0)} a second, ${events} events; ${failed.length} failed\nfaults: ${faults}`;
  return { failed, text, done };
}

function trace(/** @type {string} */ file, /** @type {number} */ seed) {
  const child = fork(file, { stdio: 'inherit' });
  child.on('message', (/** @type {any} */ message) => {
    if (message.type === 'ready') child.send({ type: 'trace', seed, calm: flags.calm });
    else child.disconnect();
  });
  return new Promise((resolve) => child.on('exit', resolve));
}

async function mutants() {
  const chosen = MUTANTS.filter(({ name }) => flags.only === undefined || name.includes(flags.only));
  let survivors = 0;
  for (const mutant of chosen) {
    const copy = join(root, '.gradsocket', 'mutant');
    rmSync(copy, { recursive: true, force: true });
    for (const part of ['src', 'tests', 'tsconfig.json', 'package.json'])
      cpSync(join(root, part), join(copy, part), { recursive: true });
    mutate(copy, mutant);
    const file = compile(copy, join(copy, 'compiled'));
    const { failed, done } = await histories(file, { from: first, count: 1000, most: 1, progress: false });
    const [caught] = failed.toSorted((a, b) => a.seed - b.seed);
    if (caught === undefined) survivors++;
    console.log(
      caught === undefined
        ? `${mutant.name}: NOT found out in ${done} histories`
        : `${mutant.name}: found out at seed ${caught.seed}: ${caught.violation.slice(0, 160)}`,
    );
  }
  console.log(`${chosen.length - survivors} of ${chosen.length} mutants found out`);
  process.exit(survivors === 0 ? 0 : 1);
}
