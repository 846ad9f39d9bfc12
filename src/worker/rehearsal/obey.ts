import { BroadcastChannel } from 'node:worker_threads';
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { type Order, obeys, ORDERS, orderSchema } from './orders.ts';

/** Of a main thread: what it does before it computes a microbatch. */
type BeforeMicrobatch = (parameters: Float32Array) => void;

/**
 * For the main thread of a worker: passes orders of its launcher on to the threads, and returns how to obey those that
 * concern the engine. Null, and nothing is listened to, unless this process was started for a rehearsal.
 */
export function obeyLauncher(
  launcher: Pick<NodeJS.EventEmitter, 'on'> & { readonly channel?: { unref(): void } | undefined } = process,
  now = () => performance.now(),
  sleep = standStill,
): BeforeMicrobatch | null {
  if (!obeys()) return null;
  const threads = new BroadcastChannel(ORDERS);
  threads.unref();
  let slowUntil = -Infinity;
  let corrupt = false;
  let since = now();
  launcher.on('message', (message: unknown) => {
    const order = orderSchema.parse(message);
    if (order.fault === 'slow') slowUntil = now() + order.seconds * 1000;
    else if (order.fault === 'corrupt') corrupt = true;
    else threads.postMessage(order);
  });
  // Listening must not keep a worker alive that is done.
  launcher.channel?.unref();
  return (parameters) => {
    if (corrupt) {
      corrupt = false;
      new Uint32Array(parameters.buffer, parameters.byteOffset, 1)[0]! ^= 1 << 20;
    }
    if (now() < slowUntil) sleep(Math.min(2 * (now() - since), MOST_SLEEP_MS));
    since = now();
  };
}

/** A slow worker is not a hung one. */
const MOST_SLEEP_MS = 1_000;

/** For a thread that has connections. Does nothing unless this process was started for a rehearsal. */
export function obeyInThread(thread: 'transport' | 'data'): void {
  if (!obeys()) return;
  const sockets = new Set<Socket>();
  let brokenUntil = -Infinity;
  const onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket };
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (performance.now() < brokenUntil) setImmediate(() => socket.destroy());
  };
  subscribe('net.client.socket', onSocket);
  subscribe('net.server.socket', onSocket);
  const orders = new BroadcastChannel(ORDERS);
  orders.addEventListener('message', (event) => {
    const order = (event as MessageEvent<Order>).data;
    if (order.fault === 'drop') {
      brokenUntil = performance.now() + order.seconds * 1000;
      for (const socket of sockets) socket.destroy();
    } else if (order.fault === 'delay' && thread === 'transport') {
      standStill(order.seconds * 1000);
    }
  });
  orders.unref();
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
