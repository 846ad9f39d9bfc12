import type { Trust } from '../shared/link/trust.ts';
import { PATHS } from '../shared/protocol/shared.ts';
import { pathOfRank } from './accept.ts';
import type { AllReduce, AllReduceCallbacks, ReduceGroup, ReduceMemory } from './all-reduce.ts';
import { type Linking, overSockets } from './linking.ts';
import { MeshAllReduce } from './mesh.ts';
import { StarAllReduce } from './star.ts';

export interface ConnectStarOptions {
  readonly group: ReduceGroup;
  readonly memory: ReduceMemory;
  readonly callbacks: AllReduceCallbacks;
  /** `ws://host:port` */
  readonly coordinator: string;
  /** Of the generation. */
  readonly key: string;
  readonly deadlineMs: number;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
  readonly trust?: Trust | undefined;
  /** Default: over sockets. */
  readonly linking?: Linking;
  /** For tests: how large chunks are, as at the hub. */
  readonly chunkFloats?: number;
}

/** Joins the star of a generation. @throws GradsocketError: what kept it from connecting until the deadline */
export async function connectStar(options: ConnectStarOptions): Promise<AllReduce> {
  const {
    group,
    memory,
    callbacks,
    coordinator,
    key,
    deadlineMs,
    signal,
    trust,
    linking = overSockets(null),
    chunkFloats,
  } = options;
  // Alone there is nothing to send.
  if (group.ranks === 1) return new MeshAllReduce(group, memory, callbacks);
  const star = new StarAllReduce(group, memory, callbacks, chunkFloats);
  const deadline = new AbortController();
  const giveUp = () => deadline.abort();
  const endDeadline = linking.after(deadlineMs, giveUp);
  signal?.addEventListener('abort', giveUp, { once: true });
  if (signal?.aborted === true) giveUp();
  let lastError: unknown;
  try {
    const link = await linking.dial({
      url: coordinator,
      path: pathOfRank(PATHS.reduce, group.rank),
      key,
      who: 'the coordinator',
      sink: star.sink(),
      maxData: star.maxChunkBytes,
      trust,
      signal: deadline.signal,
      onAttempt: (error) => {
        lastError = error;
      },
    });
    star.open(link);
    return star;
  } catch (error) {
    throw lastError ?? error;
  } finally {
    endDeadline();
    signal?.removeEventListener('abort', giveUp);
  }
}
