import type { WebSocket } from 'ws';
import { LIMITS } from '../../shared/protocol/limits.ts';
import { newsOf, type Told, toldBy, type ViewSource, viewOf } from './compose.ts';
import type { LiveMessage } from './view.ts';

const NEWS_MS = 500;

export interface ViewersOptions {
  /** Null: the dataset is being read. */
  readonly source: () => Promise<ViewSource | null>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Viewer {
  readonly ws: Pick<WebSocket, 'send' | 'close' | 'terminate' | 'ping' | 'bufferedAmount'>;
  /** It has the whole view, and every news since. */
  current: boolean;
  /** Since when it has not read what waits for it; null: it reads. */
  blockedSince: number | null;
  /** When anything was last heard of it. */
  heard: number;
  asked: number;
}

/**
 * Those who look at a run over a socket. Who does not read gets no more until it does, and then the whole view at once: so what
 * waits for it is bounded. While nobody looks, nothing is done.
 */
export class Viewers {
  readonly #options: ViewersOptions;
  readonly #now: () => number;
  readonly #viewers = new Set<Viewer>();
  #told: Told | null = null;
  #timer: NodeJS.Timeout | null = null;
  #telling: Promise<void> | null = null;

  constructor(options: ViewersOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  get size(): number {
    return this.#viewers.size;
  }

  admit(ws: WebSocket): void {
    // Also of one that is sent away: until it is gone it may send what is no frame.
    ws.on('error', () => ws.terminate());
    if (this.#viewers.size >= LIMITS.viewers) {
      ws.resume();
      return ws.close(1013, 'so many look already');
    }
    const now = this.#now();
    const viewer: Viewer = { ws, current: false, blockedSince: null, heard: now, asked: now };
    this.#viewers.add(viewer);
    const gone = (): void => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#rest();
    };
    ws.on('close', gone);
    ws.on('pong', () => (viewer.heard = this.#now()));
    // A viewer has nothing to say.
    ws.on('message', () => ws.close(1008, 'this is only for looking'));
    ws.resume();
    this.#timer ??= setInterval(() => void this.tell(), NEWS_MS);
    void this.tell();
  }

  /** What is new, to all. What it was asked for meanwhile, it may have looked at before. */
  tell(): Promise<void> {
    this.#telling ??= this.#tell().finally(() => (this.#telling = null));
    return this.#telling;
  }

  /** Tells what is new by now, and no more. */
  async close(): Promise<void> {
    // What is being told may be of a moment before: it would not be the end.
    await this.#telling;
    await this.tell();
    this.#rest();
    for (const { ws } of this.#viewers) ws.close(1001);
  }

  async #tell(): Promise<void> {
    const source = await this.#options.source();
    const now = this.#now();
    const readers = [...this.#viewers].filter((viewer) => this.#reads(viewer, now));
    if (source === null) return this.#opening(readers);
    const news = this.#told === null ? null : newsOf(source, this.#told, now);
    const text = news === null ? null : textOf({ type: 'news', news });
    let whole: string | null = null;
    for (const viewer of readers) {
      if (viewer.current && text !== null) viewer.ws.send(text);
      else viewer.ws.send((whole ??= textOf({ type: 'view', view: viewOf(source, now) })));
      viewer.current = true;
    }
    this.#told = toldBy(source);
  }

  #opening(readers: readonly Viewer[]): void {
    for (const { ws } of readers) ws.send(textOf({ type: 'opening' }));
  }

  /** Whether it may be sent more. Ends the connection of one that does not read, or is not there any more. */
  #reads(viewer: Viewer, now: number): boolean {
    const { ws } = viewer;
    if (now - viewer.heard > LIMITS.silenceMs) {
      ws.terminate();
      return false;
    }
    if (now - viewer.asked >= LIMITS.pingIntervalMs) {
      viewer.asked = now;
      ws.ping();
    }
    if (ws.bufferedAmount <= LIMITS.viewerBacklog) {
      viewer.blockedSince = null;
      return true;
    }
    viewer.current = false;
    viewer.blockedSince ??= now;
    if (now - viewer.blockedSince > LIMITS.silenceMs) ws.terminate();
    return false;
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#told = null;
  }
}

function textOf(message: LiveMessage): string {
  return JSON.stringify(message);
}
