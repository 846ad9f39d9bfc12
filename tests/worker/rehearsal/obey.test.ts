import { EventEmitter } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { BroadcastChannel } from 'node:worker_threads';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { obeyInThread, obeyLauncher } from '../../../src/worker/rehearsal/obey.ts';
import { OBEYING, ORDERS } from '../../../src/worker/rehearsal/orders.ts';

afterEach(() => vi.unstubAllEnvs());

function forRehearsal(): void {
  for (const [name, value] of Object.entries(OBEYING)) vi.stubEnv(name, value);
}

/** Both ends of a connection. */
async function connected(): Promise<readonly [Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const came = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return [socket, await came];
}

function order(fault: string, seconds: number): void {
  const orders = new BroadcastChannel(ORDERS);
  orders.postMessage({ fault, seconds });
  orders.close();
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

describe('a worker that is launched for a rehearsal', () => {
  it('breaks all its connections, and new ones for as long as it was ordered', async () => {
    forRehearsal();
    obeyInThread('data');
    const open = await connected();
    const ends = open.map(closed);
    order('drop', 3600);
    await Promise.all(ends);
    const [later] = await connected();
    await closed(later);
    order('drop', 0);
  });

  it('listens to nobody otherwise', async () => {
    vi.stubEnv('GRADSOCKET_REHEARSAL', '');
    const listeners = process.listenerCount('message');
    expect(obeyLauncher()).toBeNull();
    expect(process.listenerCount('message')).toBe(listeners);
  });

  it('is slow for a while, and flips one bit once', () => {
    forRehearsal();
    const launcher = new EventEmitter();
    let now = 0;
    let slept = 0;
    const before = obeyLauncher(
      launcher,
      () => now,
      (ms) => {
        slept += ms;
        now += ms;
      },
    )!;
    const parameters = Float32Array.of(1, 2, 3);
    now += 10;
    before(parameters);
    expect(slept).toBe(0);
    launcher.emit('message', { fault: 'slow', seconds: 1 });
    now += 10;
    before(parameters);
    expect(slept).toBe(20);
    now += 2000;
    before(parameters);
    expect(slept).toBe(20);
    expect([...parameters]).toEqual([1, 2, 3]);
    launcher.emit('message', { fault: 'corrupt', seconds: 0 });
    before(parameters);
    before(parameters);
    expect(parameters[0]).not.toBe(1);
    expect([...parameters.subarray(1)]).toEqual([2, 3]);
  });
});
