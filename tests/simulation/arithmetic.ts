import type { ProgramInputs, ProgramResult, ProgramSink } from '../../src/engine/interface/engine.ts';
import type { Range } from '../../src/shared/plan/microbatches.ts';
import { microbatchRange, positionOf } from '../../src/shared/plan/schedule.ts';
import type { Blueprint } from '../../src/worker/assignment/blueprint.ts';

/** Two numbers to one, well mixed, in [0, 1). */
function mixed(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

const PIXELS = 16;

interface MadeSamples {
  readonly count: number;
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/** All that were ever asked for: nobody writes to them. */
const made = new Map<string, MadeSamples>();

/** Pictures and labels that are functions of their place: the first pixel is all that the arithmetic looks at. */
export function samplesAt({ dataset }: Blueprint, key: number, { start, end }: Range): MadeSamples {
  const classes = dataset.classes.length;
  const name = `${classes}:${key}:${start}:${end}`;
  let found = made.get(name);
  if (found === undefined) {
    found = makeSamples(classes, key, start, end - start);
    made.set(name, found);
  }
  return found;
}

function makeSamples(classes: number, key: number, start: number, count: number): MadeSamples {
  const images = new Float32Array(count * PIXELS);
  const labels = new Int32Array(count);
  for (let sample = 0; sample < count; sample++) {
    const chance = mixed(key, start + sample + 1);
    images[sample * PIXELS] = chance;
    labels[sample] = Math.floor(chance * 65536) % classes;
  }
  return { count, images, labels };
}

export function trainingSamples(blueprint: Blueprint, step: number, microbatch: number) {
  const { plan } = blueprint;
  return samplesAt(blueprint, positionOf(plan, step).epoch + 1, microbatchRange(plan, step, microbatch));
}

/**
 * A gradient without a network: a function of every parameter and sample whose magnitudes lie far apart, so that a sum taken
 * in another order, twice, or from a stale parameter has other bits.
 */
export function compute(
  { layout, buckets, network }: Blueprint,
  count: number,
  inputs: ProgramInputs,
  sink?: ProgramSink,
): ProgramResult {
  const { classes } = network;
  const { parameters } = inputs;
  const chances = Array.from({ length: count }, (_, sample) => inputs.images[sample * PIXELS]!);
  for (const [bucket, list] of buckets.parameters.entries()) {
    if (sink === undefined) break;
    for (const parameter of list) {
      const { offset, size } = layout.parameters.spans[parameter]!;
      for (let i = offset; i < offset + size; i++) {
        let gradient = 0;
        for (const chance of chances) {
          const spread = mixed(i, Math.floor(chance * 2 ** 30));
          gradient = Math.fround(
            gradient + (spread - 0.5) * 2 ** -Math.floor((spread * 4096) % 12) + parameters[i]! * chance,
          );
        }
        sink.vector[i] = gradient;
      }
    }
    sink.onBucket(bucket);
  }
  const logits = new Float32Array(count * classes);
  const losses = new Float32Array(count);
  for (const [sample, chance] of chances.entries()) {
    const label = inputs.labels[sample]!;
    logits[sample * classes + ((label + (chance > 0.6 ? 1 : 0)) % classes)] = 1;
    losses[sample] = Math.abs(chance + parameters[sample % 8]!);
  }
  const statistics = new Float32Array(layout.buffers.length);
  for (let i = 0; i < statistics.length; i++) statistics[i] = 0.5 + mixed(i, Math.floor((chances[0] ?? 0) * 2 ** 30));
  return { logits, losses, statistics };
}
