import { GradsocketError } from '../shared/errors.ts';
import type { LinkServer } from '../shared/link/link-server.ts';
import type { Trust } from '../shared/link/trust.ts';
import { PATHS } from '../shared/protocol/shared.ts';
import { pathOfRank } from './accept.ts';
import type { AllReduce, AllReduceCallbacks, ReduceGroup, ReduceMemory } from './all-reduce.ts';
import type { ChunkLink } from './chunk-link.ts';
import { type Linking, overSockets } from './linking.ts';
import { MeshAllReduce, type PeerLinks } from './mesh.ts';
import { PeersMissing } from './missing.ts';

export interface ConnectMeshOptions {
  readonly group: ReduceGroup;
  readonly memory: ReduceMemory;
  readonly callbacks: AllReduceCallbacks;
  /** This worker's own; the peers' path is served on it until all are connected. Only a rank alone needs none. */
  readonly server: LinkServer | null;
  /** Default: over sockets. */
  readonly linking?: Linking;
  /** For tests: how large chunks are, the same at all ranks. */
  readonly chunkFloats?: number;
  /** Of the generation. */
  readonly key: string;
  /**
   * In the order of ranks. `address`: host:port, or with ws:// or wss:// before it. `fingerprint`: of the one certificate that it may
   * show there, sha256; absent: `trust` says whom to believe.
   */
  readonly members: readonly {
    readonly name: string;
    readonly address: string | null;
    readonly fingerprint?: string | undefined;
  }[];
  readonly deadlineMs: number;
  /** Gives up: at once nobody is let in any more, and no callback made. */
  readonly signal?: AbortSignal | undefined;
  readonly trust?: Trust | undefined;
}

/** A peer whose connections broke while others were still being made. */
class BrokenOff extends Error {
  readonly rank: number;

  constructor(rank: number, reason: string) {
    super(reason);
    this.rank = rank;
  }
}

/** Nobody wants the generation any more. */
class GivenUp extends Error {}

/**
 * Connects the ranks of a generation, each with each by two connections: every rank dials all others, and takes in data
 * on the connections that it dialled. What a server sends is not masked, so it goes out as it is in memory.
 *
 * @throws PeersMissing where the deadline passes or a peer is lost before all are connected
 */
export async function connectMesh(options: ConnectMeshOptions): Promise<AllReduce> {
  const { group, memory, callbacks, chunkFloats } = options;
  let connecting = true;
  const abort = new AbortController();
  const mesh = new MeshAllReduce(
    group,
    memory,
    {
      onReduced: callbacks.onReduced,
      onLost: (rank, reason) => {
        if (connecting) abort.abort(new BrokenOff(rank!, reason));
        else callbacks.onLost(rank, reason);
      },
    },
    chunkFloats,
  );
  if (group.ranks === 1) return mesh;
  const attempt = new MeshAttempt(mesh, options, abort);
  try {
    mesh.open(await attempt.run());
    connecting = false;
    return mesh;
  } catch (error) {
    connecting = false;
    mesh.abort(group.firstStep);
    mesh.close();
    throw error;
  }
}

/** The connections of one generation, as far as they have been made. */
class MeshAttempt {
  readonly #mesh: MeshAllReduce;
  readonly #options: ConnectMeshOptions;
  readonly #abort: AbortController;
  readonly #linking: Linking;
  readonly #incoming = new Map<number, ChunkLink>();
  readonly #outgoing = new Map<number, ChunkLink>();
  /** The last thing that kept us from dialling a rank. */
  readonly #obstacles = new Map<number, string>();
  #allAttached: () => void = () => {};

  constructor(mesh: MeshAllReduce, options: ConnectMeshOptions, abort: AbortController) {
    this.#mesh = mesh;
    this.#options = options;
    this.#abort = abort;
    this.#linking = options.linking ?? overSockets(options.server);
  }

  async run(): Promise<ReadonlyMap<number, PeerLinks>> {
    const { key, group, deadlineMs, members, signal } = this.#options;
    const { accept } = this.#linking;
    const peers = members.map((_, rank) => rank).filter((rank) => rank !== group.rank);
    const unreachable = peers.filter((rank) => members[rank]!.address === null);
    if (accept === null || unreachable.length > 0) {
      throw new PeersMissing(
        unreachable,
        `${this.#names(accept === null ? [group.rank] : unreachable)} accept no connections, which a mesh needs. Pass --topology star.`,
      );
    }
    const endDeadline = this.#linking.after(deadlineMs, () => this.#abort.abort());
    const giveUp = () => {
      // Another generation may be accepted in the same moment.
      stopAccepting();
      this.#abort.abort(new GivenUp());
    };
    const stopAccepting = accept({
      path: PATHS.peer,
      key,
      ranks: group.ranks,
      maxData: 0,
      admits: (rank) => rank !== group.rank && !this.#outgoing.has(rank),
      sinkOf: (rank) => this.#mesh.outgoingSink(rank),
      onLink: (rank, link) => {
        this.#outgoing.set(rank, link);
        if (this.#outgoing.size === peers.length) this.#allAttached();
      },
    });
    try {
      if (signal?.aborted === true) giveUp();
      signal?.addEventListener('abort', giveUp, { once: true });
      await Promise.all([this.#attached(peers.length), ...peers.map((rank) => this.#dial(rank))]);
      return new Map(
        peers.map((rank) => [rank, { incoming: this.#incoming.get(rank)!, outgoing: this.#outgoing.get(rank)! }]),
      );
    } catch (error) {
      for (const link of [...this.#incoming.values(), ...this.#outgoing.values()]) link.close('generationEnded');
      throw this.#explain(error, peers);
    } finally {
      endDeadline();
      signal?.removeEventListener('abort', giveUp);
      // Whatever is still being tried has no more purpose.
      this.#abort.abort();
      stopAccepting();
    }
  }

  #attached(peers: number): Promise<void> {
    const { signal } = this.#abort;
    return new Promise((resolve, reject) => {
      this.#allAttached = resolve;
      if (signal.aborted) reject(signal.reason as Error);
      if (this.#outgoing.size === peers) resolve();
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  }

  async #dial(rank: number): Promise<void> {
    const { group, members, key, trust } = this.#options;
    const { name, address, fingerprint } = members[rank]!;
    const link = await this.#linking.dial({
      url: /^wss?:\/\//.test(address!) ? address! : `ws://${address}`,
      path: pathOfRank(PATHS.peer, group.rank),
      key,
      who: `rank ${rank} (${name})`,
      sink: this.#mesh.incomingSink(rank),
      maxData: this.#mesh.maxChunkBytes,
      trust: fingerprint === undefined ? trust : { pin: fingerprint },
      signal: this.#abort.signal,
      onAttempt: (error) => this.#obstacles.set(rank, error.message),
    });
    if (this.#abort.signal.aborted) link.close('generationEnded');
    this.#incoming.set(rank, link);
  }

  #names(ranks: readonly number[]): string {
    return ranks.map((rank) => `rank ${rank} (${this.#options.members[rank]!.name})`).join(', ');
  }

  #explain(error: unknown, peers: readonly number[]): Error {
    const { group, deadlineMs } = this.#options;
    if (error instanceof BrokenOff) {
      return new PeersMissing(
        [error.rank],
        `Generation ${group.generation} lost ${this.#names([error.rank])} while connecting: ${error.message}.`,
        error,
      );
    }
    if (error instanceof GradsocketError || error instanceof GivenUp) return error;
    const missing = peers.filter((rank) => !this.#incoming.has(rank) || !this.#outgoing.has(rank));
    const details = missing.map((rank) => {
      const obstacle = this.#obstacles.get(rank);
      if (this.#incoming.has(rank)) return `${this.#names([rank])} did not connect to us`;
      return `${this.#names([rank])} could not be reached${obstacle === undefined ? '' : `: ${obstacle}`}`;
    });
    return new PeersMissing(
      missing,
      `Generation ${group.generation} is not connected after ${deadlineMs / 1000} s. ${details.join('; ')}. If workers cannot reach each other, pass --topology star.`,
      error,
    );
  }
}
