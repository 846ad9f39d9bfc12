// @ts-check
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../prepare.mjs';
import { seeded } from '../soak/random.mjs';
import { clientFrame, frameMaker } from './frames.mjs';
import { Target } from './target.mjs';

/** Connections at a time. */
const ABREAST = 48;
/** A connection whose frames are all right stays open and answers this ping; one that waits for more of a frame is left after a while. */
const PING = Buffer.from([0x89, 0x84, 0, 0, 0, 0, ...Buffer.from('fuzz')]);
const PONG = Buffer.from([0x8a, 0x04, ...Buffer.from('fuzz')]);
const IDLE_MS = 500;

/**
 * Sends frames to a run's sockets, and looks at what that does to it.
 * @param {{ frames: number, seed: number, say: (line: string) => void }} options
 */
export async function fuzz({ frames, seed, say }) {
  const { workerCodec } = await import(pathToFileURL(join(root, 'dist', 'shared', 'protocol', 'codec.js')).href);
  const random = seeded(seed);
  const make = frameMaker(random, workerCodec.encode);
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-fuzz-'));
  const target = new Target(folder);
  const begun = performance.now();
  let sent = 0;
  let connections = 0;
  /** @type {Record<string, number>} */
  const answers = {};
  /** @type {{ sent: number, memory: Record<string, number> }[]} */
  const memory = [];

  /** One connection, to any of the sockets, with some frames at once. */
  const one = async () => {
    const count = 1 + Math.floor(random() * 80);
    const place = Math.floor(random() * 20);
    const [port, path, endpoint] =
      place < 10
        ? [new URL(target.url).port, '/v1/control', /** @type {const} */ ('control')]
        : place < 16
          ? [new URL(target.url).port, '/v1/data', /** @type {const} */ ('data')]
          : place < 18
            ? [new URL(target.url).port, '/v1/reduce?rank=0', /** @type {const} */ ('control')]
            : [target.workerPorts[Math.floor(random() * 2)], '/v1/peer?rank=1', /** @type {const} */ ('control')];
    const key = place >= 16 && random() < 0.5 ? target.key() : null;
    const upgrade = [
      `GET ${path} HTTP/1.1`,
      'Host: 127.0.0.1',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Protocol: gradsocket.v1',
      ...(key === null ? [] : [`Authorization: Bearer ${key}`]),
      '',
      '',
    ].join('\r\n');
    // Half of them as a worker would begin, so that what follows is heard at all.
    const payloads = Array.from({ length: count }, () => make(endpoint));
    if (endpoint === 'control' && random() < 0.5) {
      payloads[0] = Buffer.from(
        workerCodec.encode({
          type: 'hello',
          version: 1,
          name: `stranger-${connections}`,
          engine: null,
          device: '',
          threads: null,
          address: null,
        }),
      );
    }
    sent += count;
    connections++;
    const answer = await exchange(Number(port), [
      Buffer.from(upgrade),
      ...payloads.map((each) => clientFrame(each, random)),
    ]);
    answers[answer] = (answers[answer] ?? 0) + 1;
  };

  try {
    await target.begin();
    let next = 0.1;
    const lane = async () => {
      for (;;) {
        if (sent >= frames) return;
        await one();
        if (sent < next * frames) continue;
        next += 0.1;
        memory.push({ sent, memory: target.memory() });
        say(
          `${sent} frames, ${((performance.now() - begun) / 1000).toFixed(0)} s, step ${target.steps}, MiB ${JSON.stringify(target.memory())}`,
        );
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, lane));
    await target.stepsAfter(20);
    memory.push({ sent, memory: target.memory() });
    const wrong = await target.wrong();
    return {
      sent,
      connections,
      answers,
      memory,
      steps: target.steps,
      seconds: (performance.now() - begun) / 1000,
      wrong,
    };
  } finally {
    await target.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Says how a connection ended: an HTTP status, a close code, `cut`, or `open` where nobody minded.
 * @param {number} port @param {readonly Buffer[]} bytes @returns {Promise<string>}
 */
function exchange(port, bytes) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let heard = Buffer.alloc(0);
    let timer = setTimeout(() => end('open'), 5000);
    const end = (/** @type {string} */ how) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(how);
    };
    socket.on('connect', () => socket.write(Buffer.concat([...bytes, PING])));
    socket.on('data', (data) => {
      if (heard.length < 8192) heard = Buffer.concat([heard, data]);
      clearTimeout(timer);
      if (data.includes(PONG)) return end('open');
      timer = setTimeout(() => end('open'), IDLE_MS);
    });
    socket.on('error', () => end('cut'));
    socket.on('close', () => end(heard.length === 0 ? 'cut' : ending(heard)));
  });
}

/** @param {Buffer} heard */
function ending(heard) {
  const status = /^HTTP\/1.1 (\d+)/.exec(heard.toString('latin1'))?.[1] ?? 'cut';
  if (status !== '101') return status;
  // The last frame of a server that closes: 88, its length, the code.
  for (let place = heard.length - 4; place >= 0; place--) {
    if (heard[place] === 0x88 && heard.length - place === 2 + (heard[place + 1] ?? 0)) {
      return `close ${heard.readUInt16BE(place + 2)}`;
    }
  }
  return 'cut';
}
