import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataServer } from '../../../src/coordinator/data-server.ts';
import type { Dataset } from '../../../src/data/samples/dataset.ts';
import { openDataset } from '../../../src/data/open.ts';
import type { Closed } from '../../../src/shared/link/channel.ts';
import { createChannelPair } from '../../shared/link/memory-channel.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { LocalSource } from '../../../src/worker/input/local-source.ts';
import { InputPipeline } from '../../../src/worker/input/pipeline.ts';
import { RemoteSource } from '../../../src/worker/input/remote-source.ts';
import { folderOf, idxPair, image, imagesIn, optionsFor } from '../../data/fixtures.ts';
import { config, inThisThread, plan } from './fixtures.ts';

function serve(dataset: Dataset) {
  const { worker, coordinator, cut } = createChannelPair();
  new DataServer({ dataset, onBroken: (error) => expect.fail(error.message) }).serve(coordinator);
  return { source: new RemoteSource(worker), cut };
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
          expect(remote[i]!.map(({ label, bytes }) => ({ label, bytes: Buffer.from(bytes) }))).toEqual(
            own.map(({ label, bytes }) => ({ label, bytes: Buffer.from(bytes) })),
          );
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
  test('that breaks refuses what was asked, what waits to be asked and what is asked later', async () => {
    const { worker, coordinator, cut } = createChannelPair();
    const seen: number[] = [];
    coordinator.start({
      onMessage: (message) => {
        if (message.type === 'fetch') seen.push(message.id);
      },
      onClose: () => undefined,
    });
    const source = new RemoteSource(worker);
    const asked = Array.from({ length: LIMITS.fetchesInFlight + 5 }, () => source.read('train', [0]));
    const refused = asked.map((each) =>
      expect(each).rejects.toMatchObject({
        code: 'DATA_CONNECTION_LOST',
        exitCode: 75,
        message: expect.stringMatching(/coordinator:0.*broke off/),
      }),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toHaveLength(LIMITS.fetchesInFlight);
    cut();
    await Promise.all(refused);
    await expect(source.read('train', [1])).rejects.toMatchObject({ code: 'DATA_CONNECTION_LOST' });
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
    const source = new RemoteSource(worker);
    await expect(source.read('train', [4, 5])).rejects.toMatchObject({ code: 'DATA_CONNECTION_LOST' });
    expect((await closed).name).toMatch(/^(?:outOfTurn|malformed)$/);
  });
});
