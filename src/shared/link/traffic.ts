import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

/** Counts of something, by what connections are for. */
export type ByKind = Readonly<Record<string, number>>;

/** What goes over the connections of a server. Looked at when somebody asks: a frame costs nothing. */
export class Traffic {
  readonly #open = new Map<WebSocket, { readonly kind: string; readonly socket: Socket }>();
  /** Of connections that are closed. */
  readonly #sent = new Map<string, number>();
  readonly #received = new Map<string, number>();

  add(kind: string, ws: WebSocket, socket: Socket): void {
    this.#open.set(ws, { kind, socket });
    ws.once('close', () => {
      this.#open.delete(ws);
      grow(this.#sent, kind, socket.bytesWritten);
      grow(this.#received, kind, socket.bytesRead);
    });
  }

  /** Open connections, bytes since the beginning, and bytes that wait to be sent. */
  get seen(): { readonly open: ByKind; readonly sent: ByKind; readonly received: ByKind; readonly waiting: ByKind } {
    const [open, waiting] = [new Map<string, number>(), new Map<string, number>()];
    const [sent, received] = [new Map(this.#sent), new Map(this.#received)];
    for (const kind of sent.keys()) grow(open, kind, 0);
    for (const [ws, { kind, socket }] of this.#open) {
      grow(open, kind, 1);
      grow(waiting, kind, ws.bufferedAmount);
      grow(sent, kind, socket.bytesWritten);
      grow(received, kind, socket.bytesRead);
    }
    for (const kind of open.keys()) grow(waiting, kind, 0);
    return {
      open: Object.fromEntries(open),
      sent: Object.fromEntries(sent),
      received: Object.fromEntries(received),
      waiting: Object.fromEntries(waiting),
    };
  }
}

function grow(counts: Map<string, number>, kind: string, by: number): void {
  counts.set(kind, (counts.get(kind) ?? 0) + by);
}
