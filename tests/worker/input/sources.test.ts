import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataServer } from '../../../src/coordinator/data-server.ts';
import type { Dataset } from '../../../src/data/samples/dataset.ts';
import { openDataset } from '../../../src/data/open.ts';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import type { Closed } from '../../../src/shared/link/channel.ts';
import { type ChannelPair, createChannelPair } from '../../shared/link/memory-channel.ts';
import { LocalSource } from '../../../src/worker/input/local-source.ts';
import { InputPipeline } from '../../../src/worker/input/pipeline.ts';
import type { Redial } from '../../../src/worker/input/redial.ts';
import { RemoteSource } from '../../../src/worker/input/remote-source.ts';
import { folderOf, idxPair, image, imagesIn, optionsFor } from '../../data/fixtures.ts';
import { config, inThisThread, plan } from './fixtures.ts';

/** All of a sample: texts are compared a hundred times as fast as bytes. */
function textOf({ label, bytes }: { readonly label: number; readonly bytes: Uint8Array }): string {
  return `${label} ${Buffer.from(bytes).toString('latin1')}`;
}

function serve(dataset: Dataset) {
  const { worker, coordinator, cut } = createChannelPair();
  new DataServer({ dataset, most: 4, onBroken: (error) => expect.fail(error.message) }).serve(coordinator);
  return { source: RemoteSource.open({ connect: async () => worker }), cut };
}

/** Serves a dataset over connections that each break after so many answers; the last one holds. */
class DyingNetwork {
  delivered = 0;
  readonly redial: Redial;
  readonly #dataset: Pick<Dataset, 'read' | 'labelOf'>;
  readonly #livesFor: number[];

  constructor(dataset: Pick<Dataset, 'read' | 'labelOf'>, livesFor: readonly number[]) {
    this.#dataset = dataset;
    this.#livesFor = [...livesFor];
    this.redial = { connect: async () => this.#connect(), pause: async () => undefined };
  }

  #connect(): ChannelPair['worker'] {
    const { worker, coordinator, cut } = createChannelPair();
    const left = this.#livesFor.shift() ?? Infinity;
    let sent = 0;
    // A sample in each frame, so that an answer can break off in its middle.
    coordinator.start({
      onMessage: (message) => {
        if (message.type !== 'fetch') return;
        void (async () => {
          for (const [place, index] of message.indexes.entries()) {
            const bytes = await this.#dataset.read(message.split, index);
            if (sent === left) return cut();
            if (sent++ > left) return;
            const item = { index, label: this.#dataset.labelOf(message.split, index), bytes };
            const last = place === message.indexes.length - 1;
            coordinator.send({ type: 'samples', id: message.id, split: message.split, items: [item], last });
            this.delivered++;
          }
        })();
      },
      onClose: () => undefined,
    });
    return worker;
  }
}

test('the coordinator serves what a folder of one’s own holds, in any order and number', async () => {
  const folder = await folderOf(await imagesIn(['a', 'b', 'c'], 6));
  const options = await optionsFor(folder);
  const dataset = await openDataset(options);
  const local = await LocalSource.open(options, dataset.description);
  const { source } = serve(dataset);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(dataset.description.trainSamples - 1), { maxLength: 20 }), { maxLength: 50 }),
      async (requests) => {
        const remote = await Promise.all(requests.map((indexes) => source.read('train', indexes)));
        for (const [i, indexes] of requests.entries()) {
          const own = await local.read('train', indexes);
          expect(remote[i]!.map(textOf)).toEqual(own.map(textOf));
        }
      },
    ),
    { numRuns: 20 },
  );
});

test('training on one’s own copy fills the same slots as training from the coordinator', async () => {
  const folder = await folderOf(await imagesIn(['a', 'b'], 12, { width: 20, format: 'jpeg' }));
  const options = await optionsFor(folder, { imageSize: 8 });
  const dataset = await openDataset(options);
  const { description } = dataset;
  const of = config({
    plan: plan({ samples: description.trainSamples, batch: 5, microbatches: 2 }),
    description,
    source: { kind: 'local', ...options },
  });
  const collect = async (pipeline: InputPipeline): Promise<Buffer[]> => {
    pipeline.assign({ fromStep: 1, microbatches: { start: 0, end: 2 } });
    const all: Buffer[] = [];
    for (let i = 0; i < 10; i++) {
      const slot = await pipeline.next();
      all.push(
        Buffer.from(new Uint8Array(slot.images.slice().buffer)),
        Buffer.from(new Uint8Array(slot.labels.slice().buffer)),
      );
      slot.release();
    }
    const chunk = await pipeline.evaluation({ start: 1, end: 3 });
    all.push(Buffer.from(new Uint8Array(chunk.images.slice().buffer)));
    await pipeline.close();
    return all;
  };
  const own = await collect(await InputPipeline.start(of, inThisThread()));
  const served = await collect(
    await InputPipeline.start(
      of,
      inThisThread(async () => serve(dataset).source),
    ),
  );
  expect(own).toEqual(served);
});

describe('a copy of one’s own', () => {
  test('is refused where it differs, with the counts', async () => {
    const files = await imagesIn(['a', 'b'], 6);
    const theirs = await openDataset(await optionsFor(await folderOf(files)));
    const options = await optionsFor(await folderOf({ ...files, 'a/0.png': await image(77) }));
    await expect(LocalSource.open(options, theirs.description)).rejects.toMatchObject({
      code: 'DATA_DIFFERS',
      exitCode: 65,
      message: expect.stringMatching(/is not the coordinator's: it has \d+ training .* leave --data out/),
    });
  });

  test('is refused where its images come out in another size', async () => {
    const folder = await folderOf(idxPair('train'));
    const theirs = await openDataset(await optionsFor(folder));
    const options = await optionsFor(folder, { imageSize: 8 });
    await expect(LocalSource.open(options, theirs.description)).rejects.toMatchObject({
      code: 'DATA_DIFFERS',
      message: expect.stringContaining('8x8x1 instead of 4x4x1'),
    });
  });
});

describe('a connection to the coordinator', () => {
  test('that breaks in mid-answer is opened again, and asked for what has not come', async () => {
    const folder = await folderOf(await imagesIn(['a', 'b', 'c'], 20));
    const dataset = await openDataset(await optionsFor(folder));
    const { trainSamples } = dataset.description;
    const bytes = await Promise.all(Array.from({ length: trainSamples }, (_, index) => dataset.read('train', index)));
    const samples = bytes.map((own, index) => textOf({ label: dataset.labelOf('train', index), bytes: own }));
    // From memory, as thousands are asked for; what was sent before arrives meanwhile, as with a disk.
    const served: Pick<Dataset, 'read' | 'labelOf'> = {
      read: (_, index) => new Promise((resolve) => setImmediate(() => resolve(bytes[index]!))),
      labelOf: (split, index) => dataset.labelOf(split, index),
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.nat(trainSamples - 1), { minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(12), { maxLength: 6 }),
        async (requests, livesFor) => {
          const network = new DyingNetwork(served, livesFor);
          const source = RemoteSource.open(network.redial);
          const answers = await Promise.all(requests.map((indexes) => source.read('train', indexes)));
          for (const [i, indexes] of requests.entries()) {
            expect(answers[i]!.map(textOf)).toEqual(indexes.map((index) => samples[index]));
          }
          // Nothing that had come was sent again.
          expect(network.delivered).toBe(requests.flat().length);
          await source.close();
        },
      ),
      { numRuns: 50 },
    );
  });

  test('over which other bits come than were sent is opened again, and the third time in a row nothing more is read', async () => {
    const dataset = await openDataset(await optionsFor(await folderOf(await imagesIn(['a', 'b'], 4))));
    let flips = 0;
    const told: string[] = [];
    let calls = 0;
    const connect = async () => {
      calls++;
      const { worker, coordinator } = createChannelPair();
      const send = coordinator.send.bind(coordinator);
      coordinator.send = (message) => {
        if (message.type !== 'samples' || flips === 0) return send(message);
        flips--;
        const [first, ...others] = message.items;
        const bytes = Uint8Array.from(first!.bytes, (byte, place) => (place === 9 ? byte ^ 4 : byte));
        send({ ...message, items: [{ ...first!, bytes }, ...others] });
      };
      const onBroken = (error: Error) => expect.fail(error.message);
      new DataServer({ dataset, most: 4, onBroken, onDamaged: (sentence) => told.push(sentence) }).serve(coordinator);
      return worker;
    };
    const source = RemoteSource.open({ connect, pause: async () => undefined });
    flips = 2;
    const [sample] = await source.read('train', [1]);
    expect(Buffer.from(sample!.bytes)).toEqual(Buffer.from(await dataset.read('train', 1)));
    expect(calls).toBe(3);
    // Those of before do not count.
    flips = 3;
    await expect(source.read('train', [0, 2])).rejects.toMatchObject({
      code: 'DATA_CONNECTION_LOST',
      exitCode: EXIT.tryAgain,
      message: expect.stringContaining('Bits turned over on the way, in 2 samples') as string,
    });
    expect(calls).toBe(5);
    expect(told).toHaveLength(5);
    expect(told[0]).toMatch(/^The worker at .* took no samples .*: Bits turned over on the way, in 1 sample\.$/);
  });

  test('is looked for as long as nobody answers, or anything else does, with pauses that grow and differ', async () => {
    const unreachable = new GradsocketError('UNREACHABLE', EXIT.tryAgain, 'Nothing listens there.');
    const proxy = new GradsocketError('NOT_GRADSOCKET', EXIT.configuration, 'HTTP status 502.');
    const first = createChannelPair();
    const second = createChannelPair();
    const answers = [unreachable, first.worker, ...Array.from({ length: 8 }, () => unreachable), proxy, second.worker];
    const pauses: number[] = [];
    const source = RemoteSource.open({
      connect: async () => {
        const answer = answers.shift()!;
        if (answer instanceof GradsocketError) throw answer;
        return answer;
      },
      pause: async (ms) => pauses.push(ms),
      random: () => 0.5,
    });
    const read = source.read('train', [3]);
    first.coordinator.start({ onMessage: () => first.cut(), onClose: () => undefined });
    second.coordinator.start({
      onMessage: (message) => {
        if (message.type !== 'fetch') return;
        const items = message.indexes.map((index) => ({ index, label: 1, bytes: new Uint8Array(2) }));
        second.coordinator.send({ type: 'samples', id: message.id, split: message.split, items, last: true });
      },
      onClose: () => undefined,
    });
    expect(await read).toMatchObject([{ label: 1 }]);
    expect(pauses).toEqual([100, 50, 100, 200, 400, 800, 1000, 1000, 1000, 1000, 1000]);
    await source.close();
  });

  test('tells of a bad sample once there is a connection', async () => {
    const { worker, coordinator } = createChannelPair();
    let connect: (channel: typeof worker) => void = () => undefined;
    const source = RemoteSource.open({
      connect: () =>
        new Promise((resolve) => {
          connect = resolve;
        }),
    });
    source.reportBad('train', 7, 'it ends early');
    const told = new Promise((resolve) => coordinator.start({ onMessage: resolve, onClose: () => undefined }));
    connect(worker);
    expect(await told).toEqual({ type: 'badSample', split: 'train', index: 7, reason: 'it ends early' });
    await source.close();
  });

  test('that is closed while nobody answers ends the looking, and refuses what is open', async () => {
    let signal: AbortSignal | null = null;
    const source = RemoteSource.open({
      connect: (given) => {
        signal = given;
        return new Promise(() => undefined);
      },
    });
    const read = expect(source.read('train', [1])).rejects.toMatchObject({ code: 'INPUT_CLOSED' });
    await source.close();
    await read;
    expect(signal!.aborted).toBe(true);
    await expect(source.read('train', [1])).rejects.toMatchObject({ code: 'INPUT_CLOSED' });
  });

  test('that is refused at first for what will not change refuses what is read', async () => {
    const wrong = new GradsocketError('WRONG_TOKEN', EXIT.configuration, 'The token is wrong.');
    const source = RemoteSource.open({ connect: () => Promise.reject(wrong) });
    await expect(source.read('train', [1])).rejects.toBe(wrong);
    await expect(source.read('train', [1])).rejects.toBe(wrong);
  });

  const bytes = new Uint8Array(2);
  const wrong = {
    'an answer to what was not asked': { id: 9, split: 'train' as const, items: [], last: true },
    'an answer for the other split': { id: 0, split: 'validation' as const, items: [], last: true },
    'a sample too few': { id: 0, split: 'train' as const, items: [{ index: 4, label: 0, bytes }], last: true },
    'a sample out of order': { id: 0, split: 'train' as const, items: [{ index: 5, label: 0, bytes }], last: false },
    'a sample too many': {
      id: 0,
      split: 'train' as const,
      items: [4, 5, 6].map((index) => ({ index, label: 0, bytes })),
      last: true,
    },
  };
  test.each(Object.entries(wrong))('is closed on %s', async (_, answer) => {
    const { worker, coordinator } = createChannelPair();
    const closed = new Promise<Closed>((resolve) => {
      coordinator.start({ onMessage: () => coordinator.send({ type: 'samples', ...answer }), onClose: resolve });
    });
    const source = RemoteSource.open({ connect: async () => worker });
    await expect(source.read('train', [4, 5])).rejects.toMatchObject({ code: 'DATA_CONNECTION_LOST' });
    expect((await closed).name).toMatch(/^(?:outOfTurn|malformed)$/);
  });
});
