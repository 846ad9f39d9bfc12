import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { augmenter } from '../../../src/data/augment/augmenter.ts';
import { mixSamples, mixupShare } from '../../../src/data/augment/mixup.ts';
import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import { augmentationSchema } from '../../../src/shared/job/augmentation.ts';
import { dealMicrobatches } from '../../../src/shared/plan/microbatches.ts';
import { evaluationChunks, microbatchSizes, positionOf, totalSteps } from '../../../src/shared/plan/schedule.ts';
import type { InputConfig } from '../../../src/worker/input/messages.ts';
import { SampleStore } from '../../../src/worker/input/store.ts';
import { InputPipeline, type TrainingSlot } from '../../../src/worker/input/pipeline.ts';
import { config, inThisThread, labelOf, MadeUpSource, normalised, pixelsOf, plan, samplesOf } from './fixtures.ts';

const open: InputPipeline[] = [];
afterEach(async () => {
  for (const pipeline of open.splice(0)) await pipeline.close();
});

async function start(of: InputConfig, source = new MadeUpSource()): Promise<InputPipeline> {
  const pipeline = await InputPipeline.start(
    of,
    inThisThread(async () => source),
  );
  open.push(pipeline);
  return pipeline;
}

function expectSlot(of: InputConfig, slot: TrainingSlot, step: number, microbatch: number): void {
  const samples = samplesOf(of.plan, of.seed, step, microbatch);
  expect(slot).toMatchObject({ step, microbatch, count: samples.length });
  expect([...slot.labels]).toEqual(samples.map((index) => labelOf('train', index)));
  expect([...slot.images]).toEqual(samples.flatMap((index) => normalised(of.description, pixelsOf('train', index))));
}

const plans = fc
  .record({
    samples: fc.integer({ min: 1, max: 40 }),
    batch: fc.integer({ min: 1, max: 12 }),
    microbatches: fc.integer({ min: 1, max: 5 }),
    epochs: fc.integer({ min: 1, max: 3 }),
    maxSteps: fc.option(fc.integer({ min: 1, max: 20 })),
  })
  .map((some) => plan(some));

describe('training', () => {
  test('every microbatch holds its samples, whoever computes it and however little is cached', async () => {
    await fc.assert(
      fc.asyncProperty(
        plans,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 600 }),
        fc.nat(1000),
        async (of, workers, cacheMemory, seed) => {
          const about = config({ plan: of, cacheMemory, seed });
          const counts = new Map<number, Uint32Array>();
          for (const microbatches of dealMicrobatches(of.microbatches, workers)) {
            const pipeline = await start(about);
            pipeline.assign({ fromStep: 0, microbatches });
            for (let step = 0; step < totalSteps(of); step++) {
              for (let m = microbatches.start; m < microbatches.end; m++) {
                const slot = await pipeline.next();
                expectSlot(about, slot, step, m);
                const epoch = Math.floor(step / Math.ceil(of.samples / of.batch));
                const seen = counts.get(epoch) ?? new Uint32Array(of.samples);
                counts.set(epoch, seen);
                for (const index of samplesOf(of, seed, step, m)) seen[index]!++;
                slot.release();
              }
            }
            await expect(pipeline.next()).rejects.toThrow('no microbatch is left');
            await open.pop()!.close();
          }
          // In a whole epoch every sample was handed out once, over all workers.
          if (of.maxSteps === null) for (const seen of counts.values()) expect(seen.every((n) => n === 1)).toBe(true);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('when all fit, each sample is fetched once for the whole run', async () => {
    const of = config({ plan: plan({ samples: 23, batch: 5, microbatches: 3, epochs: 6 }) });
    const source = new MadeUpSource();
    const pipeline = await start(of, source);
    pipeline.assign({ fromStep: 0, microbatches: { start: 1, end: 2 } });
    for (let step = 0; step < totalSteps(of.plan); step++) (await pipeline.next()).release();
    const asked = source.asked.map(({ index }) => index).toSorted((a, b) => a - b);
    expect(asked).toEqual([...new Set(asked)]);
  });

  test('what is idle is used to fetch the samples that other workers have in this epoch', async () => {
    const of = config({ plan: plan({ samples: 300, batch: 20, microbatches: 2, epochs: 50 }) });
    const source = new MadeUpSource();
    const pipeline = await start(of, source);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    // Before the first epoch, of which this worker sees half, is over.
    for (let step = 0; step < 10; step++) (await pipeline.next()).release();
    for (let turn = 0; source.asked.length < 300 && turn < 200; turn++) await new Promise((done) => setImmediate(done));
    expect(new Set(source.asked.map(({ index }) => index)).size).toBe(300);
  });

  test('while the engine is slower, samples are read ahead of need, as far as the cache takes them', async () => {
    const about = { plan: plan({ samples: 4000, batch: 4, microbatches: 1, epochs: 1 }) };
    const sampleBytes = pixelsOf('train', 0).length;
    const asked = async (cached: number): Promise<number> => {
      const source = new MadeUpSource();
      const pipeline = await start(config({ ...about, cacheMemory: cached * sampleBytes }), source);
      pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
      for (let step = 0; step < 200; step++) {
        (await pipeline.next()).release();
        for (let turn = 0; turn < 40; turn++) await new Promise((done) => setImmediate(done));
      }
      return source.asked.length / 4 - 200;
    };
    expect(await asked(8000)).toBeGreaterThan(150);
    expect(await asked(300)).toBeLessThan(60);
  });

  test('nothing is read ahead that is here already, however long the plan is', async () => {
    const of = config({ plan: plan({ samples: 40, batch: 4, microbatches: 1, epochs: 500 }) });
    const source = new MadeUpSource();
    const pipeline = await start(of, source);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    const planned = vi.spyOn(SampleStore.prototype, 'load');
    for (let step = 0; step < 400; step++) {
      (await pipeline.next()).release();
      for (let turn = 0; turn < 10; turn++) await new Promise((done) => setImmediate(done));
    }
    // Validation samples are missing, and there is room for them; they are no reason.
    expect(planned.mock.calls.length).toBeLessThan(400 + 100);
    planned.mockRestore();
  });

  test('the validation samples that it will evaluate are fetched in the course of the first epoch', async () => {
    const about = config({ plan: plan({ samples: 40, batch: 8, microbatches: 1, epochs: 2 }) });
    const of = { ...about, description: { ...about.description, validationSamples: 20 } };
    const source = new MadeUpSource();
    const pipeline = await start(of, source);
    const evaluation = [
      { start: 0, end: 4 },
      { start: 8, end: 12 },
    ];
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 }, evaluation });
    for (let step = 0; step < 5; step++) (await pipeline.next()).release();
    for (const chunk of evaluation) (await pipeline.evaluation(chunk)).release();
    const asked = source.asked.filter(({ split }) => split === 'validation').map(({ index }) => index);
    expect(asked.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 8, 9, 10, 11]);
    const last = source.asked.findLastIndex(({ split }) => split === 'validation');
    expect(last).toBeLessThanOrEqual(40 + 8);
  });

  test('a new assignment drops what was made ready for the old one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9), { maxLength: 5 }), fc.nat(6), async (held, taken) => {
        const of = config({ plan: plan({ samples: 40, batch: 8, microbatches: 4, epochs: 3 }) });
        const pipeline = await start(of);
        let old: TrainingSlot[] = [];
        for (const fromStep of held) {
          const microbatches = { start: fromStep % 2, end: 3 };
          pipeline.assign({ fromStep, microbatches });
          for (let i = 0; i < taken; i++) {
            const slot = await pipeline.next();
            const width = microbatches.end - microbatches.start;
            expectSlot(of, slot, fromStep + Math.floor(i / width), microbatches.start + (i % width));
            old.push(slot);
          }
          // Some slots of the older assignment are released only after the next has begun.
          for (const slot of old.splice(0, old.length - 1)) slot.release();
        }
        pipeline.assign({ fromStep: 2, microbatches: { start: 0, end: 4 } });
        for (const slot of old) slot.release();
        old = [];
        for (let m = 0; m < 4; m++) {
          const slot = await pipeline.next();
          expectSlot(of, slot, 2, m);
          slot.release();
        }
        await open.pop()!.close();
      }),
      { numRuns: 30 },
    );
  });

  test('a wait for a microbatch that is no longer assigned is refused', async () => {
    const of = config({ plan: plan({}) });
    const pipeline = await start(of);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    const waiting = pipeline.next();
    pipeline.assign({ fromStep: 1, microbatches: { start: 1, end: 2 } });
    await expect(waiting).rejects.toThrow('no longer assigned');
    const slot = await pipeline.next();
    expectSlot(of, slot, 1, 1);
  });

  test('a microbatch without samples comes as an empty slot', async () => {
    const of = config({ plan: plan({ samples: 5, batch: 4, microbatches: 3, epochs: 1 }) });
    const pipeline = await start(of);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 3 } });
    const counts: number[] = [];
    for (let i = 0; i < 6; i++) {
      const slot = await pipeline.next();
      counts.push(slot.count);
      slot.release();
    }
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(5);
    expect(counts).toContain(0);
  });

  test('slots may be held while later ones are taken', async () => {
    const of = config({ plan: plan({ samples: 64, batch: 2, microbatches: 1, epochs: 1 }) });
    const pipeline = await start(of);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    const held: TrainingSlot[] = [];
    for (let step = 0; step < 32; step++) {
      held.push(await pipeline.next());
      if (held.length > 10) held.shift()!.release();
    }
    held.forEach((slot, i) => expectSlot(of, slot, 22 + i, 0));
  });

  test('arrays start at multiples of 64 bytes', async () => {
    const of = config({ plan: plan({ samples: 9, batch: 3 }), masks: [{ shape: [5], rate: 0.5 }] });
    const pipeline = await start(of);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 2 } });
    for (let i = 0; i < 6; i++) {
      const slot = await pipeline.next();
      for (const array of [slot.images, slot.labels, ...slot.masks]) expect(array.byteOffset % 64).toBe(0);
      slot.release();
    }
  });
});

describe('dropout masks', () => {
  const rate = 0.25;
  const of = config({
    plan: plan({ samples: 64, batch: 32, microbatches: 2, epochs: 2 }),
    masks: [
      { shape: [40], rate },
      { shape: [3, 3, 2], rate: 0.5 },
    ],
  });
  const collect = async (fromStep: number, first: number, end: number, about = of) => {
    const pipeline = await InputPipeline.start(
      about,
      inThisThread(async () => new MadeUpSource()),
    );
    open.push(pipeline);
    pipeline.assign({ fromStep, microbatches: { start: first, end } });
    const masks: string[] = [];
    const all: Float32Array[] = [];
    for (let i = 0; i < end - first; i++) {
      const slot = await pipeline.next();
      expect(slot.masks.map(({ length }) => length)).toEqual([slot.count * 40, slot.count * 18]);
      masks.push(slot.masks.map((mask) => mask.join()).join('|'));
      all.push(...slot.masks.map((mask) => mask.slice()));
      slot.release();
    }
    return { masks, all };
  };

  test('hold 0 and 1/(1-rate), in the right proportion', async () => {
    const [first, second] = (await collect(0, 0, 2)).all;
    expect(new Set(first)).toEqual(new Set([0, Math.fround(1 / 0.75)]));
    expect(new Set(second)).toEqual(new Set([0, 2]));
    const dropped = first!.filter((value) => value === 0).length / first!.length;
    expect(Math.abs(dropped - rate)).toBeLessThan(0.1);
  });

  test('depend on seed, step and microbatch, not on who computes it', async () => {
    const both = (await collect(1, 0, 2)).masks;
    expect((await collect(1, 1, 2)).masks[0]).toBe(both[1]);
    expect(both[0]).not.toBe(both[1]);
    expect((await collect(0, 0, 2)).masks[0]).not.toBe(both[0]);
    expect((await collect(1, 0, 2, { ...of, seed: 2 })).masks[0]).not.toBe(both[0]);
  });
});

describe('augmentation', () => {
  const augmentation = augmentationSchema.parse({ flip: true, jitter: 0.5 });
  const of = config({ plan: plan({ samples: 30, batch: 8, microbatches: 3, epochs: 3 }), augmentation });

  test.each([0, 300, 2 ** 20])(
    'depends on epoch and sample, whoever prepares it (%i bytes of cache)',
    async (cacheMemory) => {
      const augment = augmenter(augmentation, of.description, of.seed)!;
      const seen = new Map<number, Set<string>>();
      for (const microbatches of dealMicrobatches(3, 2)) {
        const pipeline = await start({ ...of, cacheMemory });
        pipeline.assign({ fromStep: 1, microbatches });
        for (let step = 1; step < totalSteps(of.plan); step++) {
          for (let m = microbatches.start; m < microbatches.end; m++) {
            const slot = await pipeline.next();
            const { epoch } = positionOf(of.plan, step);
            const images = samplesOf(of.plan, of.seed, step, m).map((index) => {
              const pixels = augment(pixelsOf('train', index), epoch, index);
              seen.set(index, (seen.get(index) ?? new Set()).add(pixels.join()));
              return normalised(of.description, pixels);
            });
            expect([...slot.images]).toEqual(images.flat());
            slot.release();
          }
        }
      }
      for (const versions of seen.values()) expect(versions.size).toBeGreaterThan(1);
    },
  );

  test('leaves evaluation alone', async () => {
    const pipeline = await start(of);
    const slot = await pipeline.evaluation({ start: 0, end: 3 });
    expect([...slot.images]).toEqual(
      [0, 1, 2].flatMap((index) => normalised(of.description, pixelsOf('validation', index))),
    );
    slot.release();
  });
});

describe('mixed samples', () => {
  const mixing = { alpha: 0.5, outputs: 3 };
  const augmentation = augmentationSchema.parse({ flip: true });
  const of = config({ plan: plan({ samples: 30, batch: 8, microbatches: 3, epochs: 3 }), augmentation, mixing });

  test('are what seed, epoch and microbatch make of them, whoever prepares them, augmented before', async () => {
    const augment = augmenter(augmentation, of.description, of.seed)!;
    for (const microbatches of [...dealMicrobatches(3, 1), ...dealMicrobatches(3, 2)]) {
      const pipeline = await start(of);
      pipeline.assign({ fromStep: 1, microbatches });
      for (let step = 1; step < totalSteps(of.plan); step++) {
        for (let m = microbatches.start; m < microbatches.end; m++) {
          const slot = await pipeline.next();
          const { epoch } = positionOf(of.plan, step);
          const samples = samplesOf(of.plan, of.seed, step, m);
          const labels = Int32Array.from(samples, (index) => labelOf('train', index));
          const pictures = samples.map((index) =>
            normalised(of.description, augment(pixelsOf('train', index), epoch, index)),
          );
          const images = Float32Array.from(pictures.flat());
          const targets = new Float32Array(3 * samples.length);
          mixSamples({ images, labels, targets }, mixing, (at) => mixupShare(0.5, of.seed, epoch, samples[at]!));
          expect([...slot.images]).toEqual([...images]);
          expect([...slot.targets]).toEqual([...targets]);
          expect([...slot.labels]).toEqual([...labels]);
          expect(slot.targets.byteOffset % 64).toBe(0);
          slot.release();
        }
      }
    }
  });

  test('are only those of training', async () => {
    const pipeline = await start(of);
    const slot = await pipeline.evaluation({ start: 0, end: 3 });
    expect([...slot.images]).toEqual(
      [0, 1, 2].flatMap((index) => normalised(of.description, pixelsOf('validation', index))),
    );
    slot.release();
  });
});

describe('evaluation', () => {
  test('chunks come in the order asked for, with validation samples in order, between training', async () => {
    const of = config({ plan: plan({ samples: 12, batch: 6, microbatches: 2, epochs: 4 }) });
    const chunks = evaluationChunks(of.description.validationSamples, microbatchSizes(of.plan)[0]!);
    const pipeline = await start(of);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 2 } });
    for (let round = 0; round < 4; round++) {
      const training = await pipeline.next();
      expectSlot(of, training, Math.floor(round / 2), round % 2);
      training.release();
      const waiting = chunks.map((chunk) => pipeline.evaluation(chunk));
      for (const [index, { start: first, end }] of chunks.entries()) {
        const slot = await waiting[index]!;
        const samples = Array.from({ length: end - first }, (_, i) => first + i);
        expect(slot.count).toBe(samples.length);
        expect([...slot.labels]).toEqual(samples.map((sample) => labelOf('validation', sample)));
        expect([...slot.images]).toEqual(
          samples.flatMap((sample) => normalised(of.description, pixelsOf('validation', sample))),
        );
        slot.release();
      }
    }
  });
});

describe('failures', () => {
  const of = config({ plan: plan({}) });
  const lost = new GradsocketError('DATA_CONNECTION_LOST', EXIT.tryAgain, 'No more samples come.');

  test('a source that cannot be opened is told by start', async () => {
    const starting = InputPipeline.start(
      of,
      inThisThread(() => Promise.reject(lost)),
    );
    await expect(starting).rejects.toMatchObject({ code: lost.code, exitCode: EXIT.tryAgain, message: lost.message });
  });

  test('a source that fails later refuses those who wait, and all after them', async () => {
    const source = new MadeUpSource();
    source.failWith = lost;
    const pipeline = await start(of, source);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    await expect(pipeline.next()).rejects.toMatchObject({ code: lost.code, exitCode: EXIT.tryAgain });
    await expect(pipeline.next()).rejects.toMatchObject({ code: lost.code });
    await expect(pipeline.evaluation({ start: 0, end: 2 })).rejects.toMatchObject({ code: lost.code });
  });

  test('a validation sample that fails refuses the evaluation', async () => {
    const source = new MadeUpSource();
    source.failWith = lost;
    const pipeline = await start(of, source);
    const waiting = [pipeline.evaluation({ start: 0, end: 2 }), pipeline.evaluation({ start: 2, end: 4 })];
    for (const chunk of waiting) await expect(chunk).rejects.toMatchObject({ code: lost.code });
  });

  test('a sample that cannot be decoded is reported and named', async () => {
    const source = new MadeUpSource();
    source.spoil = (_, index) => (index === 3 ? { label: 0, bytes: new Uint8Array(2) } : null);
    const pipeline = await start(of, source);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 2 } });
    const all = async () => {
      for (let i = 0; i < 6; i++) (await pipeline.next()).release();
    };
    await expect(all()).rejects.toMatchObject({
      code: 'BAD_IMAGE',
      exitCode: 65,
      message: expect.stringMatching(/Sample 3 of/),
    });
    expect(source.bad[0]).toMatchObject({ split: 'train', index: 3 });
  });

  test('a label that is no class is refused', async () => {
    const source = new MadeUpSource();
    source.spoil = (split, index) => ({ label: 3, bytes: pixelsOf(split, index) });
    const pipeline = await start(of, source);
    pipeline.assign({ fromStep: 0, microbatches: { start: 0, end: 1 } });
    await expect(pipeline.next()).rejects.toMatchObject({ code: 'BAD_LABEL' });
  });

  test('closing refuses those who wait, closes the source and ends the thread', async () => {
    const source = new MadeUpSource();
    const pipeline = await start(of, source);
    const waiting = pipeline.evaluation({ start: 0, end: 2 });
    const refused = expect(waiting).rejects.toMatchObject({ code: 'INPUT_CLOSED' });
    await pipeline.close();
    await refused;
    expect(source.closed).toBe(true);
  });

  test('a microbatch that fits no memory is refused at the start', async () => {
    const huge = { ...of.description, imageShape: [1024, 1024, 3] as [number, number, 3] };
    const large = config({ plan: plan({ samples: 1000, batch: 1000, microbatches: 1 }), description: huge });
    await expect(InputPipeline.start(large, inThisThread())).rejects.toMatchObject({
      code: 'MICROBATCH_TOO_LARGE',
      exitCode: EXIT.configuration,
    });
  });
});
