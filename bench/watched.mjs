/**
 * How much a run is slowed down by those who look at it: left alone, with `--inspect`, and with viewers that have its page open, in
 * turns, each time a run of its own. After `npm run build`:
 *
 *     node bench/watched.mjs [--rounds 5] [--seconds 10] [--viewers 3] [-- flags of launch]
 *
 * A viewer does what the page does: it asks for all once, then listens. It draws nothing, since a browser is seldom on a machine that trains.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { ENDLESS, imagesPerSecond, median, stepsOf } from './endless-run.mjs';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** The first steps, of which an engine compiles the first, are no measure. */
const WARM_UP = 30;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    viewers: { type: 'string', default: '3' },
  },
});

/** @param {string} url */
async function view(url) {
  const { status } = await fetch(`${url}/api/view`);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/view`, 'gradsocket.v1');
  let messages = 0;
  socket.on('message', () => messages++).on('error', () => undefined);
  return { status, said: () => messages, close: () => socket.terminate() };
}

/** @param {readonly string[]} flags @param {number} viewers */
async function speedOf(flags, viewers) {
  const dir = mkdtempSync(join(tmpdir(), 'gradsocket-watched-'));
  const runDir = join(dir, 'run');
  const args = ['launch', '--run-dir', runDir, '--json', '--listen', '127.0.0.1:0', '--workers', '2'];
  const child = spawn(process.execPath, [MAIN, ...args, ...ENDLESS, ...flags, ...positionals], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let said = '';
  child.stdout.on('data', (data) => (said += data));
  const begun = () => {
    try {
      return stepsOf(runDir).length >= WARM_UP;
    } catch {
      return false;
    }
  };
  while (!begun() && child.exitCode === null) await delay(200);
  const url = /"url":"ws(:[^"]+)"/.exec(said)?.[1];
  const open = await Promise.all(Array.from({ length: viewers }, () => view(`http${url}`)));
  await delay(1_000);
  const from = Date.now();
  await delay(Number(values.seconds) * 1000);
  const until = Date.now();
  const heard = open.map(({ said: count }) => count());
  if (open.some(({ status }) => status !== 200) || heard.some((count) => count === 0))
    throw new Error('no viewer got in');
  await delay(1_500); // steps are on the disk within a second
  const speed = imagesPerSecond(stepsOf(runDir), from, until);
  for (const viewer of open) viewer.close();
  child.kill('SIGINT');
  await ended;
  rmSync(dir, { recursive: true });
  return speed;
}

const KINDS = /** @type {const} */ ([
  ['alone', [], 0],
  ['--inspect', ['--inspect'], 0],
  [`${values.viewers} viewers`, [], Number(values.viewers)],
]);
/** @type {Map<string, number[]>} */
const seen = new Map(KINDS.map(([name]) => [name, []]));
for (let round = 0; round < Number(values.rounds); round++) {
  for (const [name, flags, viewers] of round % 2 === 0 ? KINDS : KINDS.toReversed()) {
    seen.get(name)?.push(await speedOf(flags, viewers));
  }
}
const alone = seen.get('alone') ?? [];
for (const [name, speeds] of seen) {
  const pairs = speeds.map((speed, round) => speed / (alone[round] ?? Number.NaN));
  console.log(
    `${name}: ${median(speeds).toFixed(0)} images/s, ${median(pairs).toFixed(3)} of the round's (${Math.min(...pairs).toFixed(3)} to ${Math.max(...pairs).toFixed(3)})`,
  );
}
