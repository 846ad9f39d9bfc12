// @ts-check
import { readdirSync, statSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { gradsocket } from '../../scripts/soak/processes.mjs';

const MODELS = {
  cnn: { batch: 64, joinAt: 60, after: 60 },
  resnet18: { batch: 32, joinAt: 8, after: 8 },
};

/**
 * A worker joins another one that trains. Milliseconds of a step before it came, bytes of the state, seconds from its first byte of
 * that to its seat, bytes that it got on its control connection, and by how much the longest step while it was healed, and the first
 * one with both, were longer than one before.
 * @param {keyof typeof MODELS} model @param {string} runDir
 */
export async function healing(model, runDir) {
  const { batch, joinAt, after } = MODELS[model];
  /** @type {{ type: string, at: number, step?: number, worker?: string, generation?: number }[]} */
  const events = [];
  const waiting = new Set(/** @type {(() => void)[]} */ ([]));
  const args = ['coordinator', '--run-dir', runDir, '--json', '--listen', '127.0.0.1:0', '--workers', '1'];
  const job = [
    '--max-workers',
    '2',
    '--model',
    model,
    '--batch',
    String(batch),
    '--microbatches',
    '2',
    '--epochs',
    '1000',
    // An evaluation is no pause.
    '--eval-every',
    '1000',
  ];
  const coordinator = gradsocket([...args, ...job], (line) => {
    events.push({ ...JSON.parse(line), at: performance.now() });
    for (const look of waiting) look();
  });
  /** @param {(event: (typeof events)[number]) => boolean} matches @returns {Promise<(typeof events)[number] & { url?: string }>} */
  const until = (matches) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const event = events.find(matches);
        if (event === undefined) return;
        waiting.delete(look);
        resolve(event);
      };
      waiting.add(look);
      void coordinator.ended.then(() => reject(new Error(coordinator.said())));
      look();
    });
  const programs = [coordinator];
  try {
    const { url = '' } = await until(({ type }) => type === 'listening');
    const worker = (/** @type {string} */ name, /** @type {string} */ at) =>
      programs.push(
        gradsocket(['worker', '--coordinator', at, '--name', name, '--threads', '1', '--listen', '127.0.0.1:0']),
      );
    worker('first', url);
    await until(({ type, step = 0 }) => type === 'step' && step >= joinAt);
    const line = await counted(Number(new URL(url).port));
    worker('second', `ws://127.0.0.1:${line.port}`);
    const joined = await until(({ type, worker: name }) => type === 'workerJoined' && name === 'second');
    const before = line.bytes();
    const seated = await until(({ type, generation }) => type === 'generation' && generation === 2);
    const { at } = await until((event) => event.type === 'step' && event.at > seated.at);
    const bytes = line.bytes() - before;
    const last = events.findLast(({ type }) => type === 'step')?.step ?? 0;
    await until(({ type, step = 0 }) => type === 'step' && step >= last + after);
    line.close();
    const steps = events.filter(({ type }) => type === 'step').map((event) => event.at);
    const waits = steps.slice(1).map((time, index) => ({ time, ms: time - (steps[index] ?? time) }));
    // The joiner compiles before that, and takes a core for it; those steps are no measure of the others.
    const usual = median(
      waits
        .filter(({ time }) => time < joined.at)
        .map(({ ms }) => ms)
        .slice(-joinAt),
    );
    const later = waits.filter(({ time }) => time > joined.at && time <= at);
    const healingMs = Math.max(...later.filter(({ time }) => time < seated.at).map(({ ms }) => ms)) - usual;
    const seatingMs = Math.max(...later.filter(({ time }) => time > seated.at).map(({ ms }) => ms)) - usual;
    const checkpoints = join(runDir, 'checkpoints');
    coordinator.child.kill('SIGINT');
    await coordinator.ended;
    const [file = ''] = readdirSync(checkpoints).filter((name) => name.endsWith('.safetensors'));
    const stateBytes = statSync(join(checkpoints, file)).size;
    return { stepMs: usual, stateBytes, seconds: (seated.at - joined.at) / 1000, bytes, healingMs, seatingMs };
  } finally {
    for (const { child, isGone } of programs) if (!isGone()) child.kill('SIGKILL');
    await Promise.all(programs.map(({ ended }) => ended));
  }
}

const median = (/** @type {readonly number[]} */ values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
};

/** A line to the coordinator that counts what comes down it on the control connection. @param {number} port */
async function counted(port) {
  let bytes = 0;
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.once('data', (first) => {
      if (first.toString('latin1').startsWith('GET /v1/control')) far.on('data', (data) => (bytes += data.length));
    });
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise((/** @type {(value?: unknown) => void} */ resolve) =>
    server.listen(0, '127.0.0.1', () => resolve()),
  );
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  const close = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: address.port, bytes: () => bytes, close };
}
