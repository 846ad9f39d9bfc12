import { EventEmitter } from 'node:events';
import { augmentationSchema } from '../../../src/shared/job/augmentation.ts';
import { epochOrder } from '../../../src/data/samples/sampler.ts';
import { microbatchRange, positionOf, type TrainingPlan } from '../../../src/shared/plan/schedule.ts';
import type { DatasetDescription, Split } from '../../../src/shared/protocol/shared.ts';
import type { FromInput, InputConfig, ThreadConfig, ToInput } from '../../../src/worker/input/messages.ts';
import type { InputThread } from '../../../src/worker/input/pipeline.ts';
import { serveInput } from '../../../src/worker/input/serve.ts';
import type { EncodedSample, SampleSource } from '../../../src/worker/input/source.ts';

const SIDE = 2;
const SIZE = SIDE * SIDE * 3;

export function description(train: number, validation: number): DatasetDescription {
  return {
    name: 'made up',
    digest: '0'.repeat(64),
    classes: ['a', 'b', 'c'],
    imageShape: [SIDE, SIDE, 3],
    encoding: 'raw',
    trainSamples: train,
    validationSamples: validation,
    mean: [0.5, 0.25, 0.125],
    deviation: [0.5, 0.3, 1],
  };
}

export function plan(more: Partial<TrainingPlan>): TrainingPlan {
  const base = {
    samples: 10,
    batch: 4,
    microbatches: 2,
    epochs: 2,
    maxSteps: null,
    evalEvery: 1,
    checkpointEvery: null,
  };
  return { ...base, ...more };
}

export function config(more: Partial<InputConfig> & Pick<InputConfig, 'plan'>): InputConfig {
  return {
    seed: 1,
    description: description(more.plan.samples, 5),
    masks: [],
    augmentation: augmentationSchema.parse({}),
    source: { kind: 'coordinator', url: 'ws://unused', token: null },
    cacheMemory: 2 ** 20,
    ...more,
  };
}

export function labelOf(split: Split, index: number): number {
  return (index + (split === 'train' ? 0 : 1)) % 3;
}

/** Says which sample it is in its bytes. */
export function pixelsOf(split: Split, index: number): Uint8Array {
  return Uint8Array.from({ length: SIZE }, (_, i) => (index * 7 + i * 31 + (split === 'train' ? 0 : 100)) % 256);
}

export function normalised({ mean, deviation }: DatasetDescription, pixels: Uint8Array): number[] {
  return [...pixels].map((value, i) => Math.fround((value / 255 - mean[i % 3]!) / deviation[i % 3]!));
}

/** What microbatch `m` of `step` is to hold, from the plan alone. */
export function samplesOf(of: TrainingPlan, seed: number, step: number, m: number): number[] {
  const { start, end } = microbatchRange(of, step, m);
  return [...epochOrder(seed, positionOf(of, step).epoch, of.samples).subarray(start, end)];
}

/** Makes samples up, and remembers what it was asked for. */
export class MadeUpSource implements SampleSource {
  readonly asked: { split: Split; index: number }[] = [];
  readonly bad: { split: Split; index: number; reason: string }[] = [];
  closed = false;
  failWith: Error | null = null;
  spoil: ((split: Split, index: number) => EncodedSample | null) | null = null;

  async read(split: Split, indexes: readonly number[]): Promise<readonly EncodedSample[]> {
    this.asked.push(...indexes.map((index) => ({ split, index })));
    // Answers come later, as over a network.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failWith !== null) throw this.failWith;
    return indexes.map(
      (index) => this.spoil?.(split, index) ?? { label: labelOf(split, index), bytes: pixelsOf(split, index) },
    );
  }

  reportBad(split: Split, index: number, reason: string): void {
    this.bad.push({ split, index, reason });
  }

  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The data thread's program in this thread: messages travel as between threads, later and in order. */
export function inThisThread(openSource?: () => Promise<SampleSource>): (config: ThreadConfig) => InputThread {
  return (about) => {
    const thread = new EventEmitter();
    const port = new EventEmitter();
    const later = (deliver: () => void) => void setImmediate(deliver);
    void serveInput(
      {
        postMessage: (message: FromInput) => later(() => thread.emit('message', message)),
        on: (event, listener) => port.on(event, listener),
        close: () => later(() => thread.emit('exit')),
      },
      about,
      openSource,
    );
    return Object.assign(thread, {
      postMessage: (message: ToInput) => later(() => port.emit('message', message)),
      terminate: () => thread.emit('exit'),
    });
  };
}
