import { StarHub } from '../../../collective/star-hub.ts';
import { Kernels } from '../../../collective/kernels/kernels.ts';
import { SharedArena } from '../../../collective/kernels/shared-arena.ts';
import { LinkServer } from '../../../shared/link/link-server.ts';
import type { Measured } from '../measure/part.ts';
import { type Spread, spreadOf } from '../measure/statistics.ts';
import { groupOf, KEY } from './group.ts';
import type { RankConfig } from './messages.ts';
import type { AllReduceBenchOptions } from './options.ts';
import { hostOfHub } from './place.ts';
import { Ranks } from './ranks.ts';
import { plural } from '../../../shared/plural.ts';

type Config = Omit<RankConfig, 'rank' | 'host'>;

interface SizeResult {
  readonly floats: number;
  readonly megabytes: number;
  /** Of rank 0; of the last rank to have the sum. */
  readonly milliseconds: Spread;
  readonly lastMilliseconds: Spread;
  /** Processor time of an all-reduce, of all ranks together: what counts where they share cores. */
  readonly cpuMilliseconds: number;
  /** Bytes of the vector, as float32, over the median time. */
  readonly algorithmGBps: number;
  /**
   * That times 2 (n - 1) / n, as NCCL's tests have it: what each rank of a mesh sends over the time, in float32, so that
   * numbers of ranks compare.
   */
  readonly busGBps: number;
}

/** How long all-reduces of float32 vectors take, between processes of this machine. */
export async function measureAllReduce(options: AllReduceBenchOptions): Promise<Measured> {
  const { workers: ranks, sizes, topology, wire, bucketFloats, runs, warmup, namespaces } = options;
  const results: SizeResult[] = [];
  for (const floats of sizes)
    results.push(await measureSize({ ranks, topology, wire, bucketFloats, runs, warmup, floats }, namespaces));
  const told = results.map(
    ({ megabytes, milliseconds, algorithmGBps, busGBps }) =>
      `${megabytes.toFixed(1)} MB in ${milliseconds.median.toFixed(1)} ms (min ${milliseconds.min.toFixed(1)}), ` +
      `algorithm ${algorithmGBps.toFixed(2)} GB/s, bus ${busGBps.toFixed(2)} GB/s`,
  );
  return {
    result: { workers: ranks, topology, wire, bucketFloats, runs, sizes: results },
    line: `${topology}, ${plural(ranks, 'process')}, ${wire}: ${told.join('; ')}`,
  };
}

async function measureSize(config: Config, namespaces: string | null): Promise<SizeResult> {
  const { ranks: count, floats, topology } = config;
  const star = topology === 'star' ? await startHub(config, hostOfHub(namespaces)) : null;
  const ranks = new Ranks(config, namespaces);
  try {
    const urls = (await ranks.hear('listening')).map(({ url }) => url);
    ranks.say({ type: 'peers', urls, hub: star?.server.url ?? null });
    const told = await ranks.hear('times');
    const times = told.map((of) => of.times);
    const first = times[0]!;
    const milliseconds = spreadOf(first);
    const megabytes = (floats * Float32Array.BYTES_PER_ELEMENT) / 1e6;
    const algorithmGBps = megabytes / milliseconds.median;
    return {
      floats,
      megabytes,
      milliseconds,
      lastMilliseconds: spreadOf(first.map((_, run) => Math.max(...times.map((of) => of[run]!)))),
      cpuMilliseconds: told.reduce((sum, { cpu }) => sum + cpu, 0),
      algorithmGBps,
      busGBps: (algorithmGBps * 2 * (count - 1)) / count,
    };
  } finally {
    await ranks.end();
    star?.hub.close();
    await star?.server.close();
  }
}

async function startHub(config: Config, host: string) {
  const server = await LinkServer.listen({ listen: { host, port: 0 } });
  const hub = new StarHub({
    group: groupOf(config),
    kernels: await Kernels.load(new SharedArena()),
    // The rank that is lost says why.
    onLost: () => undefined,
  });
  hub.serve(server, KEY);
  return { hub, server };
}
