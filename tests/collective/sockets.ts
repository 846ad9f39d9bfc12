import type { AllReduce } from '../../src/collective/all-reduce.ts';
import { connectMesh } from '../../src/collective/connect-mesh.ts';
import { connectStar } from '../../src/collective/connect-star.ts';
import { StarHub } from '../../src/collective/star-hub.ts';
import { fingerprintOf } from '../../src/shared/link/fingerprint.ts';
import { LinkServer } from '../../src/shared/link/link-server.ts';
import type { KeyAndCertificate } from '../../src/shared/link/self-signed.ts';
import { makeRank, newKernels, type Rank, type Shape } from './world.ts';

export const KEY = 'key-of-the-generation';

/** A rank whose callbacks can be waited for. */
export interface SocketRank extends Rank {
  readonly allReduce: AllReduce;
  /** Resolves when `count` buckets have been reduced, rejects when a link is lost. */
  reducedBuckets(count: number): Promise<void>;
  /** Resolves with the loss. */
  readonly loss: Promise<{ rank: number | null; reason: string }>;
}

export interface SocketGroup {
  readonly ranks: readonly SocketRank[];
  readonly servers: readonly LinkServer[];
  readonly hub: StarHub | null;
  readonly hubLoss: Promise<{ rank: number; reason: string }>;
  close(): Promise<void>;
}

export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** By which a rank is known to its peers, who have been told of it; by rank, in a mesh alone. */
export type Certificates = readonly KeyAndCertificate[];

export function listen(tls?: KeyAndCertificate): Promise<LinkServer> {
  return LinkServer.listen({ listen: { host: '127.0.0.1', port: 0 }, tls });
}

export function withPromises(rank: Rank): Omit<SocketRank, 'allReduce'> {
  let waiting: { count: number; resolve: () => void; reject: (error: Error) => void }[] = [];
  let onLoss: (loss: { rank: number | null; reason: string }) => void;
  const loss = new Promise<{ rank: number | null; reason: string }>((resolve) => {
    onLoss = resolve;
  });
  const callbacks = {
    onReduced: (step: number, bucket: number) => {
      rank.callbacks.onReduced(step, bucket);
      const done = waiting.filter(({ count }) => rank.reduced.length >= count);
      waiting = waiting.filter((waiter) => !done.includes(waiter));
      for (const { resolve } of done) resolve();
    },
    onLost: (peer: number | null, reason: string) => {
      rank.callbacks.onLost(peer, reason);
      onLoss({ rank: peer, reason });
      for (const { reject } of waiting) reject(new Error(`rank ${rank.group.rank} lost ${peer}: ${reason}`));
      waiting = [];
    },
  };
  return {
    ...rank,
    callbacks,
    loss,
    reducedBuckets: (count) =>
      rank.reduced.length >= count
        ? Promise.resolve()
        : new Promise((resolve, reject) => waiting.push({ count, resolve, reject })),
  };
}

/** `ranks` of them, each with an arena and a listener of its own, connected over loopback. */
export async function socketGroup(
  topology: 'mesh' | 'star',
  shape: Shape,
  tls?: Tls,
  certificates?: Certificates,
): Promise<SocketGroup> {
  const kernels = await Promise.all(Array.from({ length: shape.ranks }, () => newKernels()));
  const plain = kernels.map((own, rank) => withPromises(makeRank(shape, rank, own)));
  let onHubLoss: (loss: { rank: number; reason: string }) => void;
  const hubLoss = new Promise<{ rank: number; reason: string }>((resolve) => {
    onHubLoss = resolve;
  });
  let hub: StarHub | null = null;
  let servers: LinkServer[];
  let connected: AllReduce[];
  if (topology === 'mesh') {
    servers = await Promise.all(plain.map((_, rank) => listen(tls ?? certificates?.[rank])));
    const members = servers.map(({ url }, rank) => ({
      name: `w${rank}`,
      address: url,
      fingerprint: certificates === undefined ? undefined : fingerprintOf(certificates[rank]!.cert),
    }));
    connected = await Promise.all(
      plain.map((rank, index) =>
        connectMesh({
          ...rank,
          server: servers[index]!,
          key: KEY,
          members,
          deadlineMs: 10_000,
          trust: { ca: tls?.ca },
        }),
      ),
    );
  } else {
    const server = await listen(tls);
    servers = [server];
    const { rank: _, ...group } = plain[0]!.group;
    hub = new StarHub({ group, kernels: await newKernels(), onLost: (rank, reason) => onHubLoss({ rank, reason }) });
    hub.serve(server, KEY);
    connected = await Promise.all(
      plain.map((rank) =>
        connectStar({ ...rank, coordinator: server.url, key: KEY, deadlineMs: 10_000, trust: { ca: tls?.ca } }),
      ),
    );
  }
  const ranks = plain.map((rank, index) => ({ ...rank, allReduce: connected[index]! }));
  return {
    ranks,
    servers,
    hub,
    hubLoss,
    close: async () => {
      for (const { allReduce } of ranks) allReduce.close();
      hub?.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
