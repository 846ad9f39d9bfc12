import { connectMesh } from '../../../collective/connect-mesh.ts';
import { connectStar } from '../../../collective/connect-star.ts';
import { Kernels } from '../../../collective/kernels/kernels.ts';
import { SharedArena } from '../../../collective/kernels/shared-arena.ts';
import { LinkServer } from '../../../shared/link/link-server.ts';
import { groupOf, KEY } from './group.ts';
import type { Inbox } from '../measure/inbox.ts';
import type { FromRank, RankConfig, ToRank } from './messages.ts';

const CONNECTING_MS = 30_000;

/** One rank of the measurement, as a worker's transport thread would do it. Every sum is checked. */
export async function runRank(
  config: RankConfig,
  inbox: Inbox<ToRank>,
  say: (message: FromRank) => void,
): Promise<void> {
  const { rank, ranks, topology, wire, floats, warmup, runs, host } = config;
  const group = { ...groupOf(config), rank };
  const arena = new SharedArena();
  const kernels = await Kernels.load(arena);
  const first = group.buckets[1]!.start;
  const length = group.buckets[group.buckets.length - 1]!.end;
  const vector = arena.allocateFloats(length);
  const twin = wire === 'f32' ? null : arena.allocateFloats(length / 2);
  const twins = twin === null ? [] : [new Uint16Array(twin.buffer, twin.byteOffset, length)];
  let reduced: (bucket: number) => void = () => undefined;
  const callbacks = {
    onReduced: (_step: number, bucket: number) => reduced(bucket),
    onLost: (peer: number | null, reason: string) => {
      throw new Error(`rank ${rank} lost ${peer === null ? 'the hub' : `rank ${peer}`}: ${reason}`);
    },
  };
  const held = { kernels, contributions: [vector], result: vector, twins };
  const common = { group, memory: held, callbacks, key: KEY, deadlineMs: CONNECTING_MS };
  const server = await LinkServer.listen({ listen: { host, port: 0 } });
  say({ type: 'listening', url: server.url });
  const { urls, hub } = await inbox.expect('peers');
  const members = urls.map((address, index) => ({ name: `rank ${index}`, address }));
  const allReduce =
    topology === 'mesh'
      ? await connectMesh({ ...common, server, members })
      : await connectStar({ ...common, coordinator: hub! });
  const reduce = (step: number, from: number, to: number) =>
    new Promise<void>((resolve) => {
      reduced = (bucket) => {
        if (bucket === to - 1) resolve();
      };
      for (let bucket = from; bucket < to; bucket++) allReduce.contribute(step, bucket);
    });
  const times: number[] = [];
  let cpu = 0;
  // Small whole numbers: every sum is exact, also where bfloat16 travels.
  const expected = (ranks * (ranks + 1)) / 2;
  for (let step = 0; step < warmup + runs; step++) {
    vector.fill(rank + 1);
    await reduce(step, 0, 1); // all start together
    const before = process.cpuUsage();
    const start = performance.now();
    await reduce(step, 1, group.buckets.length);
    const elapsed = performance.now() - start;
    const { user, system } = process.cpuUsage(before);
    if (step >= warmup) {
      times.push(elapsed);
      cpu += (user + system) / 1000;
    }
    for (const place of [step % floats, floats >> 1, floats - 1].map((index) => index + first)) {
      if (vector[place] !== expected) throw new Error(`the sum at ${place} is ${vector[place]}, not ${expected}`);
    }
  }
  allReduce.close();
  say({ type: 'times', times, cpu: cpu / runs });
  await server.close();
}
