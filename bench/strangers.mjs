/**
 * How much strangers at the open port slow a run down, and what memory they cost: one run, attacked and left alone in turns. After
 * `npm run build`:
 *
 *     node bench/strangers.mjs [--rounds 12] [--seconds 12] [-- flags of launch]
 *
 * The attack of each round: 1,200 connections that say nothing and come back when they are ended, 50 that send a header byte by byte,
 * 10,000 wrong tokens with a frame of 2 GiB behind each, spread over its time, and 8 that hold the token and send pings as fast as
 * they can, in frames of their own and without an end, and never read. `--of silent,wrong` has only those of it, `--silent 200` and
 * `--floods 1` fewer.
 *
 * The attack comes from a process on the same machine, and what it costs itself is part of the difference. `--sink` tells that apart: a
 * third part of each round attacks another port, of a program that ends all connections at their first byte. `--nice 10` lets the
 * attack have only what the run does not want.
 */
import { fileURLToPath } from 'node:url';
import { fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ENDLESS, imagesPerSecond, median, stepsOf } from './endless-run.mjs';

const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const FLAGS = ['--workers', '1', '--cores', '1', '--engine', 'wasm'];
const TOKEN = 'the-token-of-this-measurement';
const SLOW = 50;
const WRONG = 10_000;
/** After the attack began or ended, until what is measured is the one or the other. */
const SETTLE_MS = 1_500;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '12' },
    attack: { type: 'boolean', default: false },
    of: { type: 'string', default: 'silent,slow,wrong,floods' },
    silent: { type: 'string', default: '1200' },
    floods: { type: 'string', default: '8' },
    sink: { type: 'boolean', default: false },
    'port-alone': { type: 'boolean', default: false },
    nice: { type: 'string', default: '0' },
  },
});
const SECONDS = Number(values.seconds);
const KINDS = values.of.split(',');

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function handshake(path, token) {
  return (
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
    `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: gradsocket.v1\r\nAuthorization: Bearer ${token}\r\n\r\n`
  );
}

/** The head of a frame that announces 2 GiB, to whoever would read it. */
const HUGE = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4]);
/** 512 pings of 125 bytes each, masked with zeros. */
const PINGS = Buffer.concat(
  Array.from({ length: 512 }, () => Buffer.concat([Buffer.from([0x89, 0xfd, 0, 0, 0, 0]), Buffer.alloc(125, 0x70)])),
);

/** Returns what ends it. `counts` goes on counting what it did. */
function attack(port, counts) {
  let over = false;
  const open = new Set();
  const dial = (again, afterMs) => {
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      if (!over) setTimeout(() => again(), afterMs);
    });
    return socket;
  };
  const silent = () => {
    if (over) return;
    counts.silent++;
    dial(silent, 1000);
  };
  const slow = () => {
    if (over) return;
    counts.slow++;
    const socket = dial(slow, 500);
    socket.write('GET / HTTP/1.1\r\nX: ');
    const drip = setInterval(() => socket.write('x'), 500);
    socket.once('close', () => clearInterval(drip));
  };
  const guess = () => {
    if (over) return;
    counts.wrong++;
    const socket = dial(() => undefined, 0);
    socket.resume();
    socket.write(handshake('/v1/control', `guess-${counts.wrong}`));
    socket.write(HUGE);
  };
  const flood = () => {
    if (over) return;
    const socket = dial(flood, 100).pause();
    socket.write(handshake('/v1/data', TOKEN));
    const more = () => {
      let taken = true;
      while (taken && !socket.destroyed) {
        taken = socket.write(PINGS);
        counts.pings += 512;
      }
    };
    socket.on('drain', more);
    socket.once('connect', () => {
      counts.floods++;
      more();
    });
  };
  const times = (kind, count) => (KINDS.includes(kind) ? count : 0);
  for (let n = 0; n < times('silent', Number(values.silent)); n++) setTimeout(silent, n / 2);
  for (let n = 0; n < times('slow', SLOW); n++) slow();
  for (let n = 0; n < times('floods', Number(values.floods)); n++) flood();
  const guesses = times('wrong', WRONG);
  const began = performance.now();
  let guessed = 0;
  const guessing = setInterval(() => {
    const due = Math.min(guesses, (guesses * (performance.now() - began)) / (SECONDS * 1000));
    for (; guessed < due; guessed++) guess();
  }, 10);
  return () => {
    over = true;
    clearInterval(guessing);
    for (const socket of open) socket.destroy();
  };
}

/** The process that attacks, as the other one says. */
function attacker() {
  setPriority(Number(values.nice));
  const counts = { silent: 0, slow: 0, wrong: 0, floods: 0, pings: 0 };
  let end = null;
  process.on('message', (message) => {
    end?.();
    end = message.begin === null ? null : attack(message.begin, counts);
    process.send({ ...counts, cpuSeconds: (process.cpuUsage().user + process.cpuUsage().system) / 1e6 });
  });
  process.on('disconnect', () => process.exit());
}

/** What a port costs that takes all connections and ends them at the first byte. */
async function openSink() {
  const sink = fork(fileURLToPath(import.meta.url), ['--port-alone']);
  const port = await new Promise((resolve) => sink.once('message', resolve));
  return { port, close: () => sink.disconnect() };
}

async function beSink() {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  process.on('disconnect', () => process.exit());
  process.send(server.address().port);
}

const percent = (share) => `${((share - 1) * 100).toFixed(1)} %`;

function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

/** Processor time that it has had, in seconds. */
function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

async function measure() {
  const dir = mkdtempSync(join(tmpdir(), 'gradsocket-strangers-'));
  const port = await freePort();
  const flags = ['--run-dir', join(dir, 'run'), '--quiet', ...ENDLESS, ...FLAGS, ...positionals];
  const child = spawn(process.execPath, [MAIN, 'launch', '--listen', `127.0.0.1:${port}`, ...flags], {
    stdio: 'inherit',
    env: { ...process.env, GRADSOCKET_TOKEN: TOKEN },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const attacking = fork(fileURLToPath(import.meta.url), [
    ...['--attack', '--seconds', values.seconds],
    ...['--of', values.of, '--nice', values.nice, '--silent', values.silent, '--floods', values.floods],
  ]);
  const sink = values.sink ? await openSink() : null;
  const told = (message) => {
    const answer = new Promise((resolve) => attacking.once('message', resolve));
    attacking.send(message);
    return answer;
  };
  const steps = () => stepsOf(join(dir, 'run'));
  let slowest = 0;
  const health = async () => {
    const asked = performance.now();
    await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(10_000) });
    slowest = Math.max(slowest, performance.now() - asked);
  };
  const windows = [];
  let counts = {};
  while (child.exitCode === null) {
    await delay(500);
    const begun = await Promise.resolve()
      .then(steps)
      .catch(() => []);
    if (begun.length > 50) break;
  }
  for (let round = 0; round < Number(values.rounds) && child.exitCode === null; round++) {
    const kinds = ['alone', ...(sink === null ? [] : ['sink']), 'attacked'];
    for (const kind of round % 2 === 0 ? kinds : kinds.toReversed()) {
      if (kind !== 'alone') counts = await told({ begin: kind === 'sink' ? sink.port : port });
      await delay(SETTLE_MS);
      const from = Date.now();
      const cpuBefore = cpuSeconds(child.pid);
      const memory = [];
      slowest = 0;
      while (Date.now() - from < SECONDS * 1000 - SETTLE_MS && child.exitCode === null) {
        await delay(500);
        memory.push(residentMiB(child.pid));
        await health();
      }
      const until = Date.now();
      const cpu = (cpuSeconds(child.pid) - cpuBefore) / ((until - from) / 1000);
      windows.push({
        round,
        kind,
        from,
        until,
        memory,
        healthMs: Math.round(slowest),
        cores: Number(cpu.toFixed(3)),
      });
      if (kind !== 'alone') counts = await told({ begin: null });
    }
  }
  await delay(1500); // steps are on the disk within a second
  const all = steps();
  child.kill('SIGINT');
  attacking.disconnect();
  sink?.close();
  const exitCode = await ended;
  rmSync(dir, { recursive: true });
  const rows = windows.map(({ from, until, memory, ...rest }) => {
    return {
      ...rest,
      imagesPerSecond: Math.round(imagesPerSecond(all, from, until)),
      mostMiB: Math.round(Math.max(...memory)),
    };
  });
  for (const row of rows) console.log(JSON.stringify(row));
  const of = (kind, key) => rows.filter((row) => row.kind === kind).map((row) => row[key]);
  console.log(`the attack: ${JSON.stringify(counts)}; the run left with ${exitCode} (130: it was asked to)`);
  const kinds = ['alone', 'sink', 'attacked'].filter((kind) => of(kind, 'cores').length > 0);
  for (const kind of kinds) {
    const [speed, cores] = [median(of(kind, 'imagesPerSecond')), median(of(kind, 'cores'))];
    const pairs = of(kind, 'imagesPerSecond').map((one, round) => one / of('alone', 'imagesPerSecond')[round]);
    const change =
      kind === 'alone'
        ? ''
        : `, ${percent(median(pairs))} of each round (${percent(Math.min(...pairs))} to ${percent(Math.max(...pairs))})`;
    console.log(`${kind}: ${speed} images/s, the coordinator takes ${cores} cores (medians)${change}`);
  }
  const memory = of('attacked', 'mostMiB');
  console.log(
    `the coordinator's memory: ${Math.max(...of('alone', 'mostMiB'))} MiB alone at most, attacked ${memory[0]} MiB in the first round, ${memory.at(-1)} in the last; /healthz answered within ${Math.max(...of('attacked', 'healthMs'))} ms`,
  );
}

if (values['port-alone']) await beSink();
else if (values.attack) attacker();
else {
  await measure();
  process.exit();
}
