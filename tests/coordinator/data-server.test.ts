import { describe, expect, test } from 'vitest';
import { DataServer } from '../../src/coordinator/data-server.ts';
import type { Dataset } from '../../src/data/samples/dataset.ts';
import { EXIT, GradsocketError } from '../../src/shared/errors.ts';
import { DataSession } from '../../src/coordinator/data-session.ts';
import { type ChannelHandlers, type Closed, closedBy } from '../../src/shared/link/channel.ts';
import { createChannelPair } from '../shared/link/memory-channel.ts';
import type { ToCoordinator } from '../../src/shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../src/shared/protocol/to-worker.ts';
import { description } from '../worker/input/fixtures.ts';

type Samples = Extract<ToWorker, { type: 'samples' }>;

/** Samples of the given size that start with their index. */
function dataset(size: (index: number) => number, failAt = -1): Dataset {
  return {
    description: description(5000, 100),
    skipped: [],
    rawShape: null,
    notices: [],
    duplicates: { acrossSplits: [], acrossClasses: [] },
    sha256Of: () => new Uint8Array(32),
    labelOf: (_, index) => index % 3,
    nameOf: (split, index) => `${split}/${index}.png`,
    read: async (_, index) => {
      if (index === failAt) throw new GradsocketError('DATA_UNREADABLE', EXIT.badData, `${index}.png cannot be read.`);
      const bytes = new Uint8Array(size(index));
      new DataView(bytes.buffer).setUint16(0, index);
      return bytes;
    },
  };
}

function connect(of: Dataset) {
  const broken: GradsocketError[] = [];
  let sent = 0;
  const server = new DataServer({
    dataset: of,
    most: 4,
    onBroken: (error) => broken.push(error),
    onSent: (bytes) => {
      sent += bytes;
    },
  });
  const { worker, coordinator } = createChannelPair();
  const messages: Samples[] = [];
  let done: ((message: Samples) => void) | null = null;
  const closed = new Promise<Closed>((resolve) => {
    worker.start({
      onMessage: (message) => {
        if (message.type !== 'samples') throw new Error(`${message.type} came`);
        messages.push(message);
        if (message.last) done?.(message);
      },
      onClose: resolve,
    });
  });
  const answered = (id: number): Promise<Samples> =>
    new Promise((resolve) => {
      done = (message) => message.id === id && resolve(message);
    });
  server.serve(coordinator);
  return { server, worker, messages, closed, answered, broken, sent: () => sent };
}

describe('a request', () => {
  test('is answered in its order, in frames of about a mebibyte, the last one marked', async () => {
    const { worker, messages, answered, sent } = connect(dataset((index) => 100_000 + index));
    const indexes = Array.from({ length: 50 }, (_, i) => (i * 37) % 100);
    worker.send({ type: 'fetch', id: 7, split: 'validation', indexes });
    await answered(7);
    const items = messages.flatMap((message) => message.items);
    expect(items.map(({ index }) => index)).toEqual(indexes);
    for (const { index, label, bytes } of items) {
      expect(label).toBe(index % 3);
      expect(bytes).toHaveLength(100_000 + index);
      expect(bytes[1]).toBe(index % 256);
    }
    expect(messages.length).toBeGreaterThan(3);
    for (const message of messages) {
      expect(message.items.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeLessThanOrEqual(2 ** 20);
    }
    expect(messages.map(({ last }) => last)).toEqual(messages.map((_, i) => i === messages.length - 1));
    expect(sent()).toBe(items.reduce((sum, { bytes }) => sum + bytes.length, 0));
  });

  test('for a sample larger than a frame of the usual size gets it alone', async () => {
    const { worker, messages, answered } = connect(dataset((index) => (index === 1 ? 3 * 2 ** 20 : 10)));
    worker.send({ type: 'fetch', id: 0, split: 'train', indexes: [0, 1, 2] });
    await answered(0);
    expect(messages.map(({ items }) => items.map(({ index }) => index))).toEqual([[0], [1], [2]]);
  });

  test('for nothing gets nothing', async () => {
    const { worker, answered } = connect(dataset(() => 10));
    worker.send({ type: 'fetch', id: 3, split: 'train', indexes: [] });
    expect(await answered(3)).toMatchObject({ items: [], last: true });
  });

  test('waits for the ones before it', async () => {
    const { worker, messages, answered } = connect(dataset(() => 10));
    for (let id = 0; id < 32; id++) {
      worker.send({ type: 'fetch', id, split: 'train', indexes: [id, id + 1] });
    }
    await answered(32 - 1);
    expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: 32 }, (_, id) => id));
  });
});

describe('data connections', () => {
  test('are no more than there may be: the oldest goes that asks for nothing', async () => {
    const server = new DataServer({ dataset: dataset(() => 10), most: 2, onBroken: () => undefined });
    const closed: string[] = [];
    const open = (name: string) => {
      const { worker, coordinator } = createChannelPair();
      worker.start({ onMessage: () => undefined, onClose: (end) => closed.push(`${name} ${end.name}`) });
      server.serve(coordinator);
      return worker;
    };
    const busy = open('busy');
    for (let id = 0; id < 32; id++) busy.send({ type: 'fetch', id, split: 'train', indexes: [1] });
    await Promise.resolve();
    open('idle');
    open('third');
    await expect.poll(() => closed).toEqual(['idle full']);
  });

  test('hold no more of what was asked than a little, for one that asks for very much', async () => {
    let handlers!: ChannelHandlers<ToCoordinator>;
    const sent: number[] = [];
    new DataSession(
      {
        remote: 'it',
        start: (given) => void (handlers = given),
        send: (message) => void (message.type === 'samples' && message.last && sent.push(message.id)),
        probe: () => Promise.resolve(true),
        drained: () => Promise.resolve(),
        close: () => undefined,
      },
      { dataset: dataset(() => 2), onBroken: () => undefined },
    ).start(() => undefined);
    // With the fourth there are as many as may be; two answers later, so there are again.
    const taken = [1, 1, 65_535, 65_535, 1, 1].map((length, id) => {
      const indexes = Array.from({ length }, (_, index) => index % 5000);
      return handlers.onMessage({ type: 'fetch', id, split: 'train', indexes });
    });
    expect(taken.map((held) => held !== undefined)).toEqual([false, false, false, false, true, true]);
    for (const held of taken) if (held !== undefined) await held;
    expect(sent).toEqual([0, 1]);
    handlers.onClose(closedBy('peer', 'done', ''));
  });
});

describe('a worker that asks for what it may not ends its connection:', () => {
  test('more requests at once than allowed', async () => {
    const { worker, closed, broken } = connect(dataset(() => 10));
    for (let id = 0; id <= 32; id++) worker.send({ type: 'fetch', id, split: 'train', indexes: [0] });
    expect(await closed).toMatchObject({ by: 'peer', name: 'outOfTurn' });
    expect(broken).toEqual([]);
  });

  test('a sample that does not exist', async () => {
    const { worker, closed } = connect(dataset(() => 10));
    worker.send({ type: 'fetch', id: 0, split: 'validation', indexes: [99, 100] });
    expect(await closed).toMatchObject({
      name: 'malformed',
      reason: 'sample 100 of 100 validation samples was asked for',
    });
  });

  test('a message of another endpoint', async () => {
    const { worker, closed } = connect(dataset(() => 10));
    worker.send({ type: 'done', step: 1, stopped: false });
    expect(await closed).toMatchObject({ name: 'outOfTurn' });
  });
});

describe('broken samples', () => {
  test('one that cannot be read ends the connection and is told', async () => {
    const { worker, closed, broken } = connect(dataset(() => 10, 4));
    worker.send({ type: 'fetch', id: 0, split: 'train', indexes: [1, 2, 3, 4, 5] });
    expect(await closed).toMatchObject({ name: 'internalError' });
    expect(broken).toMatchObject([{ code: 'DATA_UNREADABLE', message: '4.png cannot be read.' }]);
  });

  test('one that a worker cannot decode is told by its name', async () => {
    const { worker, answered, broken } = connect(dataset(() => 10));
    worker.send({ type: 'badSample', split: 'train', index: 12, reason: 'it ends early' });
    worker.send({ type: 'fetch', id: 0, split: 'train', indexes: [] });
    await answered(0);
    expect(broken).toMatchObject([
      {
        code: 'BAD_IMAGE',
        exitCode: 65,
        message: expect.stringMatching(/^train\/12\.png cannot be decoded at .*: it ends early\./),
      },
    ]);
  });
});

test('closing takes leave of all workers', async () => {
  const { server, closed } = connect(dataset(() => 10));
  server.close();
  expect(await closed).toMatchObject({ by: 'peer', name: 'done' });
});

test('a worker that leaves in the middle of an answer is no failure', async () => {
  const whole = dataset(() => 500_000);
  let readOn = (): void => undefined;
  const gone = new Promise<void>((resolve) => {
    readOn = resolve;
  });
  const read: Dataset['read'] = async (split, index) => {
    if (index === 8) await gone;
    return whole.read(split, index);
  };
  const { worker, messages, broken, closed } = connect({ ...whole, read });
  worker.send({ type: 'fetch', id: 0, split: 'train', indexes: Array.from({ length: 16 }, (_, i) => i) });
  await new Promise((resolve) => setImmediate(resolve));
  expect(messages.map(({ last }) => last)).toEqual([false, false, false]);
  worker.close('done');
  await closed;
  readOn();
  await new Promise((resolve) => setImmediate(resolve));
  expect(broken).toEqual([]);
});
