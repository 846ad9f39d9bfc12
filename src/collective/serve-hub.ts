import type { LinkServer } from '../shared/link/link-server.ts';
import { PATHS } from '../shared/protocol/shared.ts';
import { acceptLinks } from './accept.ts';
import type { ChunkLink, ChunkSink } from './chunk-link.ts';

/** What takes part in a fold of all ranks: the hub of a star. */
export interface LinkedByRank {
  readonly ranks: number;
  readonly maxChunkBytes: number;
  has(rank: number): boolean;
  sink(rank: number): ChunkSink;
  join(rank: number, link: ChunkLink): void;
}

/** Workers of the hub's generation, by its key, get a link to it. Returns what ends that. */
export function serveHub(hub: LinkedByRank, server: LinkServer, key: string): () => void {
  return acceptLinks({
    server,
    path: PATHS.reduce,
    key,
    ranks: hub.ranks,
    maxData: hub.maxChunkBytes,
    admits: (rank) => !hub.has(rank),
    sinkOf: (rank) => hub.sink(rank),
    onLink: (rank, link) => hub.join(rank, link),
  });
}
