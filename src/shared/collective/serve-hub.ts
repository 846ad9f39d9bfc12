import type { LinkServer } from '../link/link-server.ts';
import { PATHS } from '../protocol/shared.ts';
import { acceptLinks } from './accept.ts';
import type { StarHub } from './star-hub.ts';

/** Workers of the hub's generation, by its key, get a link to it. Returns what ends that. */
export function serveHub(hub: StarHub, server: LinkServer, key: string): () => void {
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
