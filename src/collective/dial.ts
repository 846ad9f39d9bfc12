import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'node:net';
import type { ClientOptions } from 'ws';
import { GradsocketError } from '../shared/errors.ts';
import { connectSocket } from '../shared/link/connect.ts';
import type { Trust } from '../shared/link/trust.ts';
import { CHUNK_HEAD_BYTES } from '../shared/protocol/chunk.ts';
import type { ChunkSink } from './chunk-link.ts';
import { FrameReader } from './frame-reader.ts';
import { placingConnection } from './placing-connection.ts';
import { SocketLink } from './socket-link.ts';

const FIRST_DELAY_MS = 20;
const LONGEST_DELAY_MS = 500;

export interface DialOptions {
  /** `ws://host:port` or `wss://...` */
  readonly url: string;
  readonly path: string;
  readonly key: string;
  /** As part of a sentence. */
  readonly who: string;
  readonly sink: ChunkSink;
  /** Bytes of the largest chunk that can be due. */
  readonly maxData: number;
  readonly trust?: Trust | undefined;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told what keeps it from connecting, attempt by attempt. */
  readonly onAttempt?: (error: GradsocketError) => void;
}

/**
 * A link to whoever listens at `url`, tried again until it is there or `signal` says stop. Attached: chunks may come. A peer that has
 * not heard of the generation yet does not serve the path, or knows an older key; one that is just starting does not listen, or is
 * another process than was meant, with another certificate: all of that mends itself. And what does not, as where something
 * else answers at the address that a worker named, is no reason for this one to leave: who is missing in the end is what counts.
 */
export async function dial(options: DialOptions): Promise<SocketLink> {
  for (let wait = FIRST_DELAY_MS; ; wait = Math.min(2 * wait, LONGEST_DELAY_MS)) {
    try {
      return await attempt(options);
    } catch (error) {
      options.signal.throwIfAborted();
      if (!(error instanceof GradsocketError)) throw error;
      options.onAttempt?.(error);
    }
    await delay(wait, undefined, { signal: options.signal });
  }
}

async function attempt({ url, path, key, who, sink, maxData, trust, signal }: DialOptions): Promise<SocketLink> {
  let link: SocketLink | null = null;
  let raw: Socket | null = null;
  const reader = new FrameReader(maxData, {
    place: (head) => link!.place(head),
    arrived: (head) => link!.arrived(head),
    violated: (error) => link!.violated(error),
    other: (bytes) => raw!.push(Buffer.from(bytes)),
  });
  const placing = !url.startsWith('wss:');
  const ws: ClientOptions = {
    skipUTF8Validation: true,
    ...(placing
      ? {
          createConnection: placingConnection(reader, (socket) => {
            raw = socket;
          }),
        }
      : {}),
  };
  const open = await connectSocket({
    url,
    path,
    credential: key,
    who,
    maxPayload: maxData + CHUNK_HEAD_BYTES,
    trust,
    signal,
    ws,
  });
  link = new SocketLink({ ...open, sink, maxData, reader: placing ? reader : null });
  link.attach();
  return link;
}
