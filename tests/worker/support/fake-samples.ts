import type { Range } from '../../../src/shared/plan/microbatches.ts';
import { microbatchRange, positionOf } from '../../../src/shared/plan/schedule.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';
import type { Blueprint } from '../../../src/worker/assignment/blueprint.ts';
import type { Microbatch, SampleFeed, Samples } from '../../../src/worker/training/samples.ts';

/** Samples that are functions of their place: what a pipeline gives, without data. */
export class FakeSamples implements SampleFeed {
  readonly abreast = 15;
  /** Slots that were given and not released. */
  held = 0;
  readonly #blueprint: Blueprint;
  #step = 0;
  #microbatches: Range = { start: 0, end: 0 };
  #next = 0;

  constructor(blueprint: Blueprint) {
    this.#blueprint = blueprint;
  }

  assign({ fromStep, microbatches }: { readonly fromStep: number; readonly microbatches: Range }): void {
    this.#step = fromStep;
    this.#microbatches = microbatches;
    this.#next = microbatches.start;
  }

  async next(): Promise<Microbatch> {
    await Promise.resolve();
    const { plan } = this.#blueprint;
    const [step, microbatch] = [this.#step, this.#next];
    if (++this.#next === this.#microbatches.end) {
      this.#next = this.#microbatches.start;
      this.#step++;
    }
    const samples = this.#make(positionOf(plan, step).epoch + 1, microbatchRange(plan, step, microbatch));
    return { ...samples, step, microbatch, masks: [] };
  }

  async evaluation(chunk: Range): Promise<Samples> {
    await Promise.resolve();
    return this.#make(0, chunk);
  }

  async close(): Promise<void> {}

  #make(epoch: number, { start, end }: Range): Samples {
    const { imageShape, classes } = this.#blueprint.dataset;
    const pixels = imageShape[0] * imageShape[1] * imageShape[2];
    const count = end - start;
    const images = new Float32Array(count * pixels);
    const labels = new Int32Array(count);
    for (let sample = 0; sample < count; sample++) {
      const random = new RandomStream(1, STREAM.augmentation, epoch, start + sample);
      for (let pixel = 0; pixel < pixels; pixel++) images[sample * pixels + pixel] = random.uniform() / pixels;
      labels[sample] = random.below(classes.length);
    }
    this.held++;
    return { count, images, labels, release: () => void this.held-- };
  }
}
