/**
 * How much strangers at the open port slow a run down: `launch` alone and beside an attack, in turns. After `npm run build`:
 *
 *     node bench/strangers.mjs [--turns 3] [--steps 400] [-- flags of launch]
 *
 * The attack: 1,200 connections that say nothing and come back when they are ended, 50 that send a header byte by byte, 10,000 wrong
 * tokens, and frames of 2 GiB. It runs on the same machine, and what it costs itself is part of the difference.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const MAIN = new URL('../dist/cli/main.js', import.meta.url).pathname;
const SILENT = 1200;
const SLOW = 50;
const WRONG = 10_000;
const AT_ONCE = 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { turns: { type: 'string', default: '3' }, steps: { type: 'string', default: '400' } },
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Returns what ends it, and says what it did. */
function attack(port) {
  let over = false;
  const open = new Set();
  const counts = { silent: 0, slow: 0, refused: 0 };
  const dial = () => {
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    return socket;
  };
  const silent = () => {
    if (over) return;
    counts.silent++;
    dial().once('close', () => setTimeout(silent, 1000));
  };
  const slow = () => {
    if (over) return;
    counts.slow++;
    const socket = dial();
    socket.write('GET / HTTP/1.1\r\nX: ');
    const drip = setInterval(() => socket.write('x'), 500);
    socket.once('close', () => {
      clearInterval(drip);
      setTimeout(slow, 500);
    });
  };
  const guess = () => {
    if (over || counts.refused >= WRONG) return;
    const socket = dial();
    socket.resume();
    socket.write(
      `GET /v1/control HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: gradsocket.v1\r\nAuthorization: Bearer guess-${counts.refused}\r\n\r\n`,
    );
    // A frame that announces 2 GiB, to whoever would read it.
    socket.write(Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4]));
    socket.once('close', () => {
      counts.refused++;
      setImmediate(guess);
    });
  };
  for (let n = 0; n < SILENT; n++) setTimeout(silent, n);
  for (let n = 0; n < SLOW; n++) slow();
  for (let n = 0; n < AT_ONCE; n++) guess();
  return () => {
    over = true;
    for (const socket of open) socket.destroy();
    return counts;
  };
}

/** Images a second, and the most memory that the coordinator had. */
async function run(attacked) {
  const dir = mkdtempSync(join(tmpdir(), 'gradsocket-strangers-'));
  const port = await freePort();
  const flags = ['--steps', values.steps, '--epochs', '1000', '--run-dir', join(dir, 'run'), '--quiet', ...positionals];
  const child = spawn(process.execPath, [MAIN, 'launch', '--listen', `127.0.0.1:${port}`, ...flags], {
    stdio: 'inherit',
  });
  let most = 0;
  let unwell = 0;
  const watch = async () => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      most = Math.max(most, Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      if (!(await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2000) })).ok) unwell++;
    } catch {
      unwell++; // before it listens and when it has ended, too
    }
  };
  const look = setInterval(() => void watch(), 500);
  let end = () => ({});
  const begin = setTimeout(() => attacked && (end = attack(port)), 3000);
  const exitCode = await new Promise((resolve) => child.once('exit', resolve));
  clearTimeout(begin);
  clearInterval(look);
  const did = end();
  const { imagesPerSecond } = JSON.parse(readFileSync(join(dir, 'run', 'summary.json'), 'utf8'));
  rmSync(dir, { recursive: true });
  return {
    attacked,
    exitCode,
    imagesPerSecond: Math.round(imagesPerSecond),
    mostMiB: Math.round(most),
    unwell,
    ...did,
  };
}

const results = [];
for (let turn = 0; turn < Number(values.turns); turn++) {
  for (const attacked of turn % 2 === 0 ? [false, true] : [true, false]) {
    const result = await run(attacked);
    console.log(JSON.stringify(result));
    results.push(result);
  }
}
const median = (attacked) => {
  const speeds = results.filter((one) => one.attacked === attacked).map((one) => one.imagesPerSecond);
  return speeds.toSorted((a, b) => a - b)[Math.floor(speeds.length / 2)];
};
const share = median(true) / median(false);
console.log(`${median(false)} images/s alone, ${median(true)} beside the attack: ${((share - 1) * 100).toFixed(1)} %`);
process.exit();
