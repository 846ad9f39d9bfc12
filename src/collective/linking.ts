import type { LinkServer } from '../shared/link/link-server.ts';
import { acceptLinks, type AcceptOptions } from './accept.ts';
import type { ChunkLink } from './chunk-link.ts';
import { dial, type DialOptions } from './dial.ts';

/** How links are made, and when trying ends: over sockets, or as the simulator has it. */
export interface Linking {
  /** A link to whoever listens at `url`, tried again until it is there or `signal` says stop. */
  readonly dial: (options: DialOptions) => Promise<ChunkLink>;
  /** Lets in whoever shows the key. Returns what ends that. Null: this process accepts nobody. */
  readonly accept: ((options: Omit<AcceptOptions, 'server'>) => () => void) | null;
  /** Calls `action` once after `ms`; returns what calls it off. */
  readonly after: (ms: number, action: () => void) => () => void;
}

/** `server`: this process's own; null: it has none. */
export function overSockets(server: LinkServer | null): Linking {
  return {
    dial,
    accept: server === null ? null : (options) => acceptLinks({ ...options, server }),
    after: (ms, action) => {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
  };
}
