// @ts-check
// Runs what rows need, each so many times, alternating, and keeps what came out.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../prepare.mjs';
import { say } from '../say.mjs';
import { aboutOthers, makeLoad, watchOthers } from './others.mjs';

/**
 * @typedef {object} Spec One thing to run. It prints JSON objects, a line each.
 * @property {string} key
 * @property {'node' | 'python' | 'sh'} program
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} [env]
 * @property {number} [load] programs that compute beside it meanwhile, one a core
 *
 * @typedef {Readonly<Record<string, any>>} Printed
 */

const LONGEST_MS = 15 * 60_000;
/** For as long a process that is told to end may tell its own. */
const ENDING_MS = 10_000;

/**
 * Takes all of them, `rounds` times: all once, then all again the other way round, so that what changes on the machine
 * meanwhile meets all of them. `python`: with PyTorch; null: there is none. `interruption`: ends what runs, and nothing is begun after it.
 * @param {readonly Spec[]} specs @param {number} rounds @param {string | null} python @param {AbortSignal} interruption
 */
export async function measure(specs, rounds, python, interruption) {
  /** @type {Map<string, Printed[][]>} */
  const taken = new Map();
  /** @type {import('./others.mjs').Others[]} */
  const others = [];
  for (let round = 0; round < rounds; round++) {
    for (const spec of round % 2 === 0 ? specs : specs.toReversed()) {
      if (interruption.aborted) break;
      const seen = watchOthers();
      const printed = await run(spec, python, interruption);
      const beside = seen();
      if (beside !== null) others.push(beside);
      if (printed !== null) taken.set(spec.key, [...(taken.get(spec.key) ?? []), printed]);
    }
  }
  return new Measurements(taken, aboutOthers(others));
}

/** What came out for a row, side by side: nothing in there was measured for another row, at another time. */
export class Measurements {
  #taken;
  /** What others did on the machine meanwhile, as far as it matters; empty: nothing. */
  others;

  /** @param {ReadonlyMap<string, Printed[][]>} taken by key: of each round, what was printed @param {string} others */
  constructor(taken, others) {
    this.#taken = taken;
    this.others = others;
  }

  /**
   * What `pick` finds in each round; empty where nothing could be measured.
   * @param {Spec} spec @param {(printed: Printed) => number | undefined} pick
   */
  values({ key }, pick) {
    const rounds = this.#taken.get(key) ?? [];
    return rounds.flatMap((printed) => printed.slice(0, 1).map(pick)).filter((value) => value !== undefined);
  }

  /** Everything that was printed, in all rounds. @param {Spec} spec */
  all({ key }) {
    return (this.#taken.get(key) ?? []).flat();
  }
}

/** @param {Spec} spec @param {string | null} python @param {AbortSignal} interruption @returns {Promise<Printed[] | null>} */
async function run({ key, program, args, env, load = 0 }, python, interruption) {
  const command = program === 'node' ? process.execPath : program === 'sh' ? 'sh' : python;
  if (command === null) return null;
  const started = Date.now();
  const unload = makeLoad(load);
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, OMP_NUM_THREADS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: the workers of what is measured are told to end together with it.
    detached: true,
  });
  const end = () => endGroup(child);
  const tooLong = setTimeout(end, LONGEST_MS);
  interruption.addEventListener('abort', end);
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const code = await new Promise((resolve) => {
    child.on('error', () => resolve(127));
    child.on('close', resolve);
  });
  clearTimeout(tooLong);
  interruption.removeEventListener('abort', end);
  await unload();
  if (interruption.aborted) return null;
  const printed = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  if (code !== 0 || printed.length === 0) {
    say(`${key} failed: ${stderr.trim().split('\n').at(-1) ?? `exit code ${code}`}`);
    return null;
  }
  say(`  ${key}: ${((Date.now() - started) / 1000).toFixed(0)} s`);
  return printed;
}

/** First by what it can answer (PyTorch's launcher has workers outside of the group, and ends them itself). @param {import('node:child_process').ChildProcess} child */
function endGroup(child) {
  const { pid } = child;
  if (pid === undefined) return;
  const tell = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // All of it has ended.
    }
  };
  tell('SIGTERM');
  const kill = setTimeout(() => tell('SIGKILL'), ENDING_MS);
  child.once('close', () => clearTimeout(kill));
}

/** Our own command line. @param {string} key @param {readonly string[]} args @returns {Spec} */
export function ours(key, args) {
  return { key, program: 'node', args: [join('dist', 'cli', 'main.js'), 'bench', ...args] };
}

/**
 * The same, in a process like those that `launch` starts as workers (src/cli/run/workers.ts).
 * @param {string} key @param {readonly string[]} args @returns {Spec}
 */
export function asWorker(key, args) {
  const spec = ours(key, args);
  return { ...spec, args: ['--single-threaded-gc', ...spec.args] };
}

/** What few know to set: memory that is given back is asked for again in the next step, page by page. */
const TUNED = {
  MALLOC_TRIM_THRESHOLD_: '8000000000',
  MALLOC_MMAP_THRESHOLD_: '4000000000',
  MALLOC_TOP_PAD_: '67108864',
  GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
};

/**
 * DistributedDataParallel with Gloo, one thread a worker.
 * @param {{ model: string, workers: number, batch: number, steps: number, warmup: number, bf16: boolean,
 *   contiguous: boolean, tuned: boolean, compiled?: boolean, evaluate?: number }} o `evaluate`: then, on as many images
 * @returns {Spec}
 */
export function ddp({ model, workers, batch, steps, warmup, bf16, contiguous, tuned, compiled = false, evaluate = 0 }) {
  const script = join('bench', 'pytorch', 'ddp.py');
  const words = [model, bf16 ? 'bf16' : 'f32', `x${workers}`, contiguous ? 'contiguous' : 'channels_last'];
  return {
    key: `PyTorch ${words.join(' ')}${tuned ? ' tuned' : ''}${compiled ? ' compiled' : ''}${evaluate > 0 ? ' evaluating' : ''}`,
    program: 'python',
    args: [
      ...['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', String(workers), script, model],
      ...['--batch', String(batch), '--steps', String(steps), '--warmup', String(warmup)],
      ...(contiguous ? ['--contiguous'] : []),
      ...(bf16 ? ['--bf16'] : []),
      ...(compiled ? ['--compile'] : []),
      ...(evaluate > 0 ? ['--evaluate', String(evaluate)] : []),
    ],
    env: tuned ? TUNED : {},
  };
}
