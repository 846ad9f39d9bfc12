import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Closed, CoordinatorChannel } from '../../../src/shared/link/channel.ts';
import { LinkServer, type LinkServerOptions } from '../../../src/shared/link/link-server.ts';
import type { TurnedAway } from '../../../src/shared/link/refusal.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';

/** What happened at one end of a channel, awaited rather than slept for. */
export class Happenings<T> {
  readonly all: T[] = [];
  #waiting: { count: number; resolve: () => void }[] = [];

  readonly add = (event: T): void => {
    this.all.push(event);
    this.#waiting = this.#waiting.filter(({ count, resolve }) => {
      if (this.all.length < count) return true;
      resolve();
      return false;
    });
  };

  /** The first `count`, once they have happened. */
  async first(count = 1): Promise<T[]> {
    if (this.all.length < count) await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    return this.all.slice(0, count);
  }
}

export interface TestServer {
  readonly server: LinkServer;
  readonly channels: Happenings<CoordinatorChannel>;
  readonly messages: Happenings<ToCoordinator>;
  readonly closed: Happenings<Closed>;
  readonly turnedAway: Happenings<TurnedAway>;
}

/** A server with both channel endpoints on a free port, gone when the test is. */
export async function startServer(
  options: Partial<LinkServerOptions> = {},
  token: string | null = 'secret',
): Promise<TestServer> {
  const happened = {
    channels: new Happenings<CoordinatorChannel>(),
    messages: new Happenings<ToCoordinator>(),
    closed: new Happenings<Closed>(),
    turnedAway: new Happenings<TurnedAway>(),
  };
  const server = await LinkServer.listen({
    listen: { host: '127.0.0.1', port: 0 },
    onTurnedAway: happened.turnedAway.add,
    ...options,
  });
  onTestFinished(() => server.close());
  for (const endpoint of ['control', 'data'] as const) {
    server.acceptChannels(endpoint, token, (channel) => {
      channel.start({ onMessage: happened.messages.add, onClose: happened.closed.add });
      happened.channels.add(channel);
    });
  }
  return { server, ...happened };
}

/** A plain TCP connection, for peers that do not even speak HTTP. */
export async function dial(server: LinkServer): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => {}); // being cut off is what these tests are about
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  return socket;
}

/** All that comes until the server ends the connection. */
export async function restOf(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  await once(socket, 'close');
  return Buffer.concat(parts).toString('latin1');
}
