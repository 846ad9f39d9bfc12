import { describe, expect, it } from 'vitest';
import type { Channel, Closed } from '../../../src/shared/link/channel.ts';
import { connectChannel } from '../../../src/shared/link/connect.ts';
import { createChannelPair } from './memory-channel.ts';
import { ProtocolError } from '../../../src/shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../../src/shared/protocol/to-worker.ts';
import { Happenings, startServer } from './server.ts';

interface Ends {
  readonly worker: Channel<ToCoordinator, ToWorker>;
  readonly coordinator: Channel<ToWorker, ToCoordinator>;
}

/** The same tests for sockets and for pairs in memory: they must not behave differently. */
const kinds: [string, () => Promise<Ends>][] = [
  ['in memory', async () => createChannelPair()],
  [
    'over a socket',
    async () => {
      const { server } = await startServer();
      const accepted = new Happenings<Ends['coordinator']>();
      server.remove('/v1/control');
      server.acceptChannels('control', 'secret', accepted.add);
      const worker = await connectChannel({ url: server.url, endpoint: 'control', token: 'secret' });
      const [coordinator] = await accepted.first();
      return { worker, coordinator: coordinator! };
    },
  ],
];

const begin = (generation: number): ToWorker => ({ type: 'begin', generation });
const connected = (generation: number): ToCoordinator => ({ type: 'connected', generation });

function listen<Receive>(channel: Channel<never, Receive>) {
  const messages = new Happenings<Receive>();
  const closed = new Happenings<Closed>();
  channel.start({ onMessage: messages.add, onClose: closed.add });
  return { messages, closed };
}

describe.each(kinds)('a channel %s', (_, open) => {
  it('delivers messages both ways, in order', async () => {
    const { worker, coordinator } = await open();
    const [atWorker, atCoordinator] = [listen(worker), listen(coordinator)];
    for (let i = 0; i < 50; i++) {
      worker.send(connected(i));
      coordinator.send(begin(i));
    }
    expect(await atCoordinator.messages.first(50)).toEqual(Array.from({ length: 50 }, (__, i) => connected(i)));
    expect(await atWorker.messages.first(50)).toEqual(Array.from({ length: 50 }, (__, i) => begin(i)));
  });

  it('keeps what came before it was started', async () => {
    const { worker, coordinator } = await open();
    worker.send(connected(1));
    worker.send(connected(2));
    listen(worker);
    const atCoordinator = listen(coordinator);
    expect(await atCoordinator.messages.first(2)).toEqual([connected(1), connected(2)]);
  });

  it('tells both ends how it was closed, and by whom, once', async () => {
    const { worker, coordinator } = await open();
    const [atWorker, atCoordinator] = [listen(worker), listen(coordinator)];
    worker.send(connected(1));
    worker.close('outOfTurn', 'begin before ready');
    worker.close('done');
    expect(await atCoordinator.closed.first()).toEqual([
      { by: 'peer', code: 4001, name: 'outOfTurn', reason: 'begin before ready' },
    ]);
    expect(await atWorker.closed.first()).toEqual([
      { by: 'us', code: 4001, name: 'outOfTurn', reason: 'begin before ready' },
    ]);
    expect(atCoordinator.messages.all).toEqual([connected(1)]);
    coordinator.send(begin(1));
    coordinator.close('done');
    expect(atWorker.messages.all).toEqual([]);
    expect(atWorker.closed.all).toHaveLength(1);
    expect(atCoordinator.closed.all).toHaveLength(1);
  });

  it('tells an end that was started only after it was closed', async () => {
    const { worker, coordinator } = await open();
    worker.close('goingAway', 'stopping');
    const atWorker = listen(worker);
    const atCoordinator = listen(coordinator);
    expect(await atCoordinator.closed.first()).toMatchObject([{ by: 'peer', name: 'goingAway' }]);
    expect(await atWorker.closed.first()).toMatchObject([{ by: 'us', name: 'goingAway' }]);
  });

  it('closes with the code of a ProtocolError that the handler throws', async () => {
    const { worker, coordinator } = await open();
    const atWorker = listen(worker);
    coordinator.start({
      onMessage: ({ type }) => {
        throw new ProtocolError('outOfTurn', `${type} before hello`);
      },
      onClose: () => {},
    });
    worker.send(connected(1));
    expect(await atWorker.closed.first()).toMatchObject([
      { by: 'peer', name: 'outOfTurn', reason: 'connected before hello' },
    ]);
  });

  it('closes on a message that breaks its schema', async () => {
    const { worker, coordinator } = await open();
    const [atWorker, atCoordinator] = [listen(worker), listen(coordinator)];
    worker.send({ type: 'connected', generation: -1 });
    expect(await atWorker.closed.first()).toMatchObject([{ by: 'peer', name: 'malformed' }]);
    expect(await atCoordinator.closed.first()).toMatchObject([{ by: 'us', name: 'malformed' }]);
    expect(atCoordinator.messages.all).toEqual([]);
  });

  it('rejects who waits for room on a closed channel', async () => {
    const { worker, coordinator } = await open();
    listen(worker);
    listen(coordinator);
    await expect(worker.drained()).resolves.toBeUndefined();
    worker.close('done');
    await expect(worker.drained()).rejects.toMatchObject({ code: 'CONNECTION_LOST', exitCode: 75 });
  });

  it('can be started only once', async () => {
    const { worker } = await open();
    listen(worker);
    expect(() => listen(worker)).toThrow('started before');
  });
});

describe('a pair in memory', () => {
  it('can be cut, as a network is', async () => {
    const { worker, coordinator, cut } = createChannelPair();
    const [atWorker, atCoordinator] = [listen(worker), listen(coordinator)];
    cut();
    for (const { closed } of [atWorker, atCoordinator]) {
      expect(await closed.first()).toMatchObject([{ by: 'network', code: 1006 }]);
    }
  });
});
