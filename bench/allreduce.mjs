// How long an all-reduce of one float32 vector takes, N processes on this machine, each with its transport in a worker
// thread as in training. Build first (npm run build). bench/gloo.py measures the same with PyTorch.
//
//   node bench/allreduce.mjs [N=2] [mesh|star] [f32|bf16] [FLOATS=11173962: ResNet-18] [RUNS=30] [netns=PREFIX]
//
// With netns, rank i runs in the network namespace PREFIXi, whose address is 10.87.0.(i+1), and a star's hub, here, is
// 10.87.0.254: bench/netns-allreduce.sh makes them.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const SELF = fileURLToPath(import.meta.url);
/** The first runs are of unoptimised code; on a slow network that does not show. */
const WARM_UP = Number(process.env.WARM_UP ?? 60);
const KEY = 'bench';

/** Messages between processes and threads, in order. */
function inbox(subscribe) {
  const queue = [];
  let waiting = null;
  subscribe((message) => {
    if (waiting === null) queue.push(message);
    else {
      const resolve = waiting;
      waiting = null;
      resolve(message);
    }
  });
  return () =>
    queue.length > 0
      ? Promise.resolve(queue.shift())
      : new Promise((resolve) => {
          waiting = resolve;
        });
}

function shapeOf(ranks, floats, wire) {
  const end = Math.ceil(floats / 16) * 16;
  return { generation: 1, firstStep: 0, ranks, leaves: ranks, buckets: [{ start: 0, end, wire }] };
}

async function rankMain({ rank, ranks, topology, wire, floats, runs, host }, say, hear) {
  const { Kernels } = await import('../dist/shared/kernels/kernels.js');
  const { SharedArena } = await import('../dist/shared/kernels/shared-arena.js');
  const { LinkServer } = await import('../dist/shared/link/link-server.js');
  const { connectMesh } = await import('../dist/shared/collective/connect-mesh.js');
  const { connectStar } = await import('../dist/shared/collective/connect-star.js');
  const { dealMicrobatches } = await import('../dist/shared/plan/microbatches.js');

  const group = { ...shapeOf(ranks, floats, wire), rank, held: dealMicrobatches(ranks, ranks) };
  const kernels = await Kernels.load(new SharedArena());
  const length = group.buckets[0].end;
  const vector = kernels.arena.floats(kernels.arena.allocate(length * 4), length);
  const address = kernels.arena.allocate(length * 2);
  const twin = new Uint16Array(kernels.arena.buffer, address, length);
  let reduced = () => {};
  const callbacks = {
    onReduced: () => reduced(),
    onLost: (peer, reason) => {
      throw new Error(`rank ${rank} lost ${peer}: ${reason}`);
    },
  };
  const common = {
    group,
    memory: { kernels, contributions: [vector], result: vector, twins: [twin] },
    callbacks,
    key: KEY,
    deadlineMs: 10_000,
  };
  const server = await LinkServer.listen({ listen: { host, port: 0 } });
  say({ url: server.url });
  const { urls, hub } = await hear();
  const allReduce =
    topology === 'mesh'
      ? await connectMesh({ ...common, server, members: urls.map((address, i) => ({ name: `${i}`, address })) })
      : await connectStar({ ...common, coordinator: hub });
  say('connected');
  const times = [];
  for (let step = 0; step < WARM_UP + runs; step++) {
    vector.fill(rank + 1);
    await hear(); // so that all start together: a barrier
    const start = performance.now();
    const done = new Promise((resolve) => {
      reduced = resolve;
    });
    allReduce.contribute(step, 0);
    await done;
    if (step >= WARM_UP) times.push(performance.now() - start);
    const expected = (ranks * (ranks + 1)) / 2;
    if (vector[step] !== expected || vector[floats - 1] !== expected)
      throw new Error(`${vector[step]} is not ${expected}`);
    say('stepped');
  }
  allReduce.close();
  say({ times });
  await server.close();
}

async function hubMain(ranks, floats, wire, host) {
  const { Kernels } = await import('../dist/shared/kernels/kernels.js');
  const { SharedArena } = await import('../dist/shared/kernels/shared-arena.js');
  const { LinkServer } = await import('../dist/shared/link/link-server.js');
  const { StarHub } = await import('../dist/shared/collective/star-hub.js');
  const { dealMicrobatches } = await import('../dist/shared/plan/microbatches.js');
  const server = await LinkServer.listen({ listen: { host, port: 0 } });
  const hub = new StarHub({
    group: { ...shapeOf(ranks, floats, wire), held: dealMicrobatches(ranks, ranks) },
    kernels: await Kernels.load(new SharedArena()),
    onLost: (rank, reason) => console.error(`the hub lost rank ${rank}: ${reason}`),
  });
  hub.serve(server, KEY);
  return { hub, server };
}

async function main() {
  const [ranks = 2, floats = 11_173_962, runs = 30] = process.argv.slice(2).map(Number).filter(Number.isFinite);
  const topology = process.argv.includes('star') ? 'star' : 'mesh';
  const wire = process.argv.includes('bf16') ? 'bf16' : 'f32';
  const netns = process.argv.find((word) => word.startsWith('netns='))?.slice(6);
  const hostOf = (number) => (netns === undefined ? '127.0.0.1' : `10.87.0.${number}`);
  const star = topology === 'star' ? await hubMain(ranks, floats, wire, hostOf(254)) : null;
  const processes = Array.from({ length: ranks }, (_, rank) =>
    fork(SELF, [JSON.stringify({ rank, ranks, topology, wire, floats, runs, host: hostOf(rank + 1) })], {
      env: { ...process.env, RANK: String(rank) },
      ...(netns === undefined
        ? {}
        : { execPath: 'ip', execArgv: ['netns', 'exec', `${netns}${rank}`, process.execPath] }),
    }),
  );
  const hears = processes.map((child) => inbox((listener) => child.on('message', listener)));
  const hearAll = () => Promise.all(hears.map((hear) => hear()));
  const sayAll = (message) => processes.map((child) => child.send(message));
  for (const child of processes) {
    child.on('exit', (code) => {
      if (code === 0) return;
      for (const other of processes) other.kill();
      process.exit(1);
    });
  }
  const urls = (await hearAll()).map(({ url }) => url);
  sayAll({ urls, hub: star?.server.url });
  await hearAll();
  for (let step = 0; step < WARM_UP + runs; step++) {
    sayAll('go');
    await hearAll();
  }
  // An all-reduce is over when its last rank has the result.
  const all = (await hearAll()).map(({ times }) => times);
  const slowest = all[0].map((_, run) => Math.max(...all.map((times) => times[run]))).sort((a, b) => a - b);
  const first = all[0].toSorted((a, b) => a - b);
  const report = (times) => `min ${times[0].toFixed(1)} ms, median ${times[times.length >> 1].toFixed(1)} ms`;
  console.log(
    `${topology} ${wire}      ${ranks} processes, ${((floats * 4) / 1e6).toFixed(1)} MB: ${report(first)} (rank 0); ${report(slowest)} (last rank)`,
  );
  star?.hub.close();
  await star?.server.close();
}

if (!isMainThread) {
  await rankMain(
    workerData,
    (message) => parentPort.postMessage(message),
    inbox((listener) => parentPort.on('message', listener)),
  );
  parentPort.close();
} else if (process.env.RANK !== undefined && process.send !== undefined) {
  // A process of a rank: its main thread belongs to the engine, so the rank lives in a thread.
  const worker = new Worker(SELF, { workerData: JSON.parse(process.argv[2]) });
  worker.on('message', (message) => process.send(message));
  process.on('message', (message) => worker.postMessage(message));
  worker.on('exit', (code) => process.exit(code));
} else await main();
