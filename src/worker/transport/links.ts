import { connectMesh } from '../../collective/connect-mesh.ts';
import { connectStar } from '../../collective/connect-star.ts';
import type { Kernels } from '../../collective/kernels/kernels.ts';
import type { LinkServer } from '../../shared/link/link-server.ts';
import type { Trust } from '../../shared/link/trust.ts';
import { subtreesOf } from '../../shared/plan/tree.ts';
import type { ConnectGroup } from './group.ts';

/** The coordinator gives up before: it knows of all workers who is missing. */
const CONNECTING_MS = 120_000;

export interface LinksOptions {
  readonly kernels: Kernels;
  /** On which peers of a mesh call; null: none can. */
  readonly listener: LinkServer | null;
  /** For the star. */
  readonly coordinator: string;
  readonly trust: Trust;
}

/** Makes the links of a generation, mesh or star, and the all-reduce over them. */
export function connectGroup({ kernels, listener, coordinator, trust }: LinksOptions): ConnectGroup {
  return ({ topology, key, members }, group, { vectors, result, twins }, callbacks, signal) => {
    const contributions = vectors.slice(0, subtreesOf(group.leaves, group.held[group.rank]!).length);
    const shared = {
      group,
      memory: { kernels, contributions, result, twins },
      callbacks,
      key,
      deadlineMs: CONNECTING_MS,
      signal,
    };
    return topology === 'mesh'
      ? // The pin is the coordinator's.
        connectMesh({ ...shared, trust: { ca: trust.ca }, server: listener, members })
      : connectStar({ ...shared, trust, coordinator });
  };
}
