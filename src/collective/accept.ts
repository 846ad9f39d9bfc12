import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { sameSecret } from '../shared/link/credential.ts';
import type { LinkServer } from '../shared/link/link-server.ts';
import { ATTACH, CHUNK_HEAD_BYTES } from '../shared/protocol/chunk.ts';
import { CLOSE_CODES } from '../shared/protocol/close-codes.ts';
import { LIMITS } from '../shared/protocol/limits.ts';
import type { ChunkLink, ChunkSink } from './chunk-link.ts';
import { SocketLink } from './socket-link.ts';

/** A dialler says who it is in the path: `/v1/peer?rank=3`. That it belongs here, its key says. */
export function pathOfRank(path: string, rank: number): string {
  return `${path}?rank=${rank}`;
}

function rankOf(request: IncomingMessage, ranks: number): number | null {
  const text = new URL(request.url ?? '', 'ws://localhost').searchParams.get('rank') ?? '';
  const rank = /^\d{1,6}$/.test(text) ? Number(text) : ranks;
  return rank < ranks ? rank : null;
}

export interface AcceptOptions {
  readonly server: LinkServer;
  readonly path: string;
  readonly key: string;
  readonly ranks: number;
  /** Bytes of the largest chunk that can be due. */
  readonly maxData: number;
  readonly admits: (rank: number) => boolean;
  readonly sinkOf: (rank: number) => ChunkSink;
  /** A rank has a link: it has attached. */
  readonly onLink: (rank: number, link: ChunkLink) => void;
}

/** Lets in whoever shows the key of the generation and is a rank that is expected. Returns what ends that. */
export function acceptLinks(options: AcceptOptions): () => void {
  const { server, path, key, ranks, maxData, admits, sinkOf, onLink } = options;
  /** Open, but silent so far. */
  const arriving = new Set<WebSocket>();
  server.acceptSockets(path, {
    maxPayload: maxData + CHUNK_HEAD_BYTES,
    admit: (credential, request) => {
      const rank = rankOf(request, ranks);
      return credential !== null && sameSecret(credential, key) && rank !== null && admits(rank);
    },
    onSocket: (ws, socket, request) => {
      const rank = rankOf(request, ranks)!;
      arriving.add(ws);
      ws.once('close', () => arriving.delete(ws));
      whenAttached(ws, () => {
        arriving.delete(ws);
        if (!admits(rank)) return ws.close(CLOSE_CODES.outOfTurn, 'You are connected already');
        onLink(rank, linkOver(ws, socket, sinkOf(rank), maxData));
      });
    },
  });
  let accepting = true;
  return () => {
    // Once: the next generation may be accepted there by now.
    if (!accepting) return;
    accepting = false;
    server.remove(path);
    for (const ws of arriving) ws.terminate();
  };
}

function linkOver(ws: WebSocket, socket: Socket, sink: ChunkSink, maxData: number): SocketLink {
  const link = new SocketLink({ ws, socket, sink, maxData, reader: null });
  link.start();
  return link;
}

function whenAttached(ws: WebSocket, attached: () => void): void {
  const timer = setTimeout(() => ws.terminate(), LIMITS.helloMs);
  timer.unref();
  // 'close' follows. Also of one that is being sent away: it may go on to send what is no frame.
  ws.on('error', () => {});
  ws.once('close', () => clearTimeout(timer));
  ws.once('message', (data: RawData, isBinary: boolean) => {
    clearTimeout(timer);
    // Synchronously, so that chunks right behind this message find their listener.
    if (isBinary && Buffer.isBuffer(data) && data.equals(ATTACH)) attached();
    else ws.close(CLOSE_CODES.malformed, 'The first message must be `attach`');
  });
  ws.resume();
}
