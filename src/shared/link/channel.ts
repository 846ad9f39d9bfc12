import { visible } from '../visible.ts';
import type { CloseName } from '../protocol/close-codes.ts';
import { CLOSE_CODES, closeName } from '../protocol/close-codes.ts';
import type { ToCoordinator } from '../protocol/to-coordinator.ts';
import type { ToWorker } from '../protocol/to-worker.ts';

/** How a channel ended. */
export interface Closed {
  /** network: the connection broke, or the peer's process died, without a word. */
  readonly by: 'us' | 'peer' | 'network';
  /** 1006 where no close frame came. */
  readonly code: number;
  /** null for a code that is not in our list. */
  readonly name: CloseName | null;
  readonly reason: string;
}

export interface ChannelHandlers<Receive> {
  /**
   * Valid messages, in order; none after the channel closed. A ProtocolError thrown here (say `outOfTurn`) closes the
   * channel with its code and message. Nothing more is read from the connection until a promise that it returns, which never
   * rejects, is resolved: where what comes goes on to somebody who takes it more slowly.
   */
  readonly onMessage: (message: Receive) => void | Promise<void>;
  /** Exactly once, whoever closed. */
  readonly onClose: (closed: Closed) => void;
}

/** A connection that speaks the protocol: messages in, messages out, alive until `onClose`. */
export interface Channel<Send, Receive> {
  /** `address:port` of the peer, for sentences. */
  readonly remote: string;
  /** Until this is called, nothing is read; nothing that the peer sends is lost. Call it once. */
  start(handlers: ChannelHandlers<Receive>): void;
  /** Encodes and sends. Does nothing on a closed channel: `onClose` tells. */
  send(message: Send): void;
  /**
   * Resolves when little enough is unsent that more may be sent: wait for it between bulk messages.
   * Rejects with CONNECTION_LOST when the channel closes first.
   */
  drained(): Promise<void>;
  /** Whether the peer gives a sign of life within so many milliseconds, asked for one now. False, too, where the channel closes. */
  probe(withinMs: number): Promise<boolean>;
  /** Sends what is still unsent, then ends the connection. Only the first call counts. */
  close(name: CloseName, reason?: string): void;
}

/** The worker's end of a channel. */
export type WorkerChannel = Channel<ToCoordinator, ToWorker>;
/** The coordinator's end. */
export type CoordinatorChannel = Channel<ToWorker, ToCoordinator>;

/** Endings that are nobody's fault; all others are counted and logged. */
export function isPeaceful(name: CloseName | null): boolean {
  return name === 'done' || name === 'goingAway' || name === 'generationEnded' || name === 'full';
}

export const NETWORK_LOST: Closed = {
  by: 'network',
  code: 1006,
  name: null,
  reason: 'the connection broke off',
};

export function closedBy(by: 'us' | 'peer', name: CloseName, reason: string): Closed {
  return { by, code: CLOSE_CODES[name], name, reason };
}

export function closedByPeer(code: number, reason: string): Closed {
  // 1005: a close frame without a code, as a browser's tab sends it when it goes.
  if (code === 1006) return NETWORK_LOST;
  return { by: 'peer', code, name: closeName(code), reason: visible(reason) };
}

/** The end of a channel as part of a sentence: `it closed the connection: outOfTurn (4001), begin before ready`. */
export function describeClosed(closed: Closed): string {
  if (closed.by === 'network') return closed.reason;
  const who = closed.by === 'us' ? 'we closed the connection' : 'it closed the connection';
  const detail = closed.reason === '' ? '' : `, ${closed.reason}`;
  return `${who}: ${closed.name ?? 'unknown code'} (${closed.code})${detail}`;
}
