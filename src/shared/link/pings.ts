import type { WebSocket } from 'ws';
import { LIMITS } from '../protocol/limits.ts';

interface PingOptions {
  /** In which `pingsInInterval` may come. */
  readonly intervalMs?: number | undefined;
  readonly now?: () => number;
}

/**
 * Answers the peer's pings, in place of ws, which would queue an answer to each for one that reads none. Only the newest is
 * answered of those that come while an answer is unsent (RFC 6455, 5.5.3). `onFlood`: it sends more of them than anybody needs.
 */
export function answerPings(
  ws: WebSocket,
  onFlood: () => void,
  { intervalMs = LIMITS.pingIntervalMs, now = () => performance.now() }: PingOptions = {},
): void {
  let since = Number.NEGATIVE_INFINITY;
  let came = 0;
  let unsent = false;
  let newest: Buffer | null = null;
  const isFlood = (): boolean => {
    if (now() - since >= intervalMs) {
      since = now();
      came = 0;
    }
    came++;
    if (came === LIMITS.pingsInInterval + 1) onFlood();
    return came > LIMITS.pingsInInterval;
  };
  const answer = (data: Buffer): void => {
    if (ws.readyState !== ws.OPEN) return;
    unsent = true;
    ws.pong(data, undefined, () => {
      unsent = false;
      if (newest === null) return;
      const next = newest;
      newest = null;
      answer(next);
    });
  };
  ws.on('ping', (data: Buffer) => {
    if (isFlood()) return;
    if (unsent) newest = data;
    else answer(data);
  });
  ws.on('pong', () => void isFlood());
}
