// @ts-check
// What others did on this machine while something was measured: without that, nobody knows what a figure is worth.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** Of `/proc`, a second. */
const TICKS = 100;
/** Cores' worth of time. */
const MUCH = 0.2;

/**
 * @typedef {object} Others Cores' worth of time, on the mean.
 * @property {number} busy that other programs took; those of a lower priority are left out
 * @property {number} stolen that the host gave to other machines
 */

/** Looks from now on; what it returns says what was seen. Null: the system does not tell. @returns {() => Others | null} */
export function watchOthers() {
  const before = counted();
  return () => {
    const after = counted();
    if (before === null || after === null || after.at <= before.at) return null;
    const [elapsed, own] = [after.at - before.at, after.own - before.own];
    const busy = Math.max(0, after.busy - before.busy - own) / elapsed;
    return { busy, stolen: (after.stolen - before.stolen) / elapsed };
  };
}

/** It ends by itself where whoever started it was killed. */
const COMPUTE = 'const parent = process.ppid; while (process.ppid === parent) for (let i = 0; i < 1e8; i++);';

/**
 * Programs that do nothing but compute, for as long as something is measured beside them. Each has a session of its own, as what another
 * user started has: the kernel may share out cores by sessions first.
 * @param {number} count
 */
export function makeLoad(count) {
  const alone = { stdio: /** @type {const} */ ('ignore'), detached: true };
  const loops = Array.from({ length: count }, () => spawn(process.execPath, ['-e', COMPUTE], alone));
  return async () => {
    const ends = loops.map((loop) => once(loop, 'exit'));
    for (const loop of loops) loop.kill('SIGKILL');
    await Promise.all(ends);
  };
}

/** What is to be said of it beside a figure; empty: nothing. @param {readonly Others[]} seen of each measurement */
export function aboutOthers(seen) {
  const worst = (/** @type {(one: Others) => number} */ pick) => Math.max(0, ...seen.map(pick));
  const [busy, stolen] = [worst((one) => one.busy), worst((one) => one.stolen)];
  const words = [];
  if (busy >= MUCH) words.push(`worthless: other programs took ${busy.toFixed(1)} of ${cpus().length} cores`);
  if (stolen >= 0.02) words.push(`the host took ${stolen.toFixed(2)} of a core`);
  return words.join('; ');
}

function counted() {
  try {
    const [user = 0, , system = 0, , , , , steal = 0] = numbers(
      readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '',
      1,
    );
    const stat = readFileSync('/proc/self/stat', 'utf8');
    // Its own, and that of its children which have ended.
    const own = numbers(stat.slice(stat.lastIndexOf(')') + 1), 11).slice(0, 4);
    return { at: performance.now() / 1000, busy: user + system, stolen: steal, own: own.reduce((a, b) => a + b, 0) };
  } catch {
    return null;
  }
}

/** @param {string} line @param {number} from */
function numbers(line, from) {
  return line
    .trim()
    .split(/\s+/)
    .slice(from)
    .map((word) => Number(word) / TICKS);
}
