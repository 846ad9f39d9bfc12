import { expect, it } from 'vitest';
import { createEngine } from '../../../src/engine/create.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { initialiseBuffers, initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { TAIL_SCALARS } from '../../../src/shared/network/layout.ts';
import { drawBlueprint } from '../../../src/worker/assignment/blueprint.ts';
import { Inspector } from '../../../src/worker/training/inspector.ts';
import { Programs } from '../../../src/worker/training/programs.ts';

const job = { ...jobSchema.parse({ channels: [3], dense: 4, dropout: 0.5, batch: 4, microbatches: 2, inspect: 1 }) };
const dataset = {
  name: 'some',
  digest: 'a'.repeat(64),
  classes: ['a', 'b'],
  imageShape: [8, 8, 1] as [number, number, 1],
  trainSamples: 8,
  validationSamples: 2,
  mean: [0],
  deviation: [1],
};

it('looks at a step between two others, writes nothing of its memory, and sees the same each time', async () => {
  const blueprint = drawBlueprint({ job, dataset: dataset as never, microbatches: 2 });
  const { layout, network } = blueprint;
  const engine = await createEngine('cpu', { threads: 1, onBroken: () => undefined });
  const programs = await Programs.compile(engine, blueprint, 1);
  const vectors = () => new Float32Array(layout.parameters.length);
  const replica = {
    averaged: null,
    parameters: [vectors(), vectors()] as const,
    buffers: [new Float32Array(layout.buffers.length), new Float32Array(layout.buffers.length)] as const,
  };
  initialiseParameters(network, 3, replica.parameters[0]);
  initialiseBuffers(network, replica.buffers[0]);
  replica.parameters[1].set(replica.parameters[0].map((value) => value * 1.5));
  const reduced = new Float32Array(layout.length).fill(2);
  reduced[layout.scalars + TAIL_SCALARS.samples] = 4;
  const images = Float32Array.from({ length: 2 * 64 }, (_, n) => Math.sin(n));
  const microbatch = {
    ...{ step: 0, microbatch: 0, count: 2, images, labels: Int32Array.of(0, 1) },
    masks: [Float32Array.from({ length: 8 }, (_, n) => (n % 2) * 2)],
    release: () => undefined,
  };
  const before = JSON.stringify([replica, reduced, images]);
  const inspector = new Inspector(blueprint, programs);
  inspector.take({ ...microbatch, microbatch: 1 });
  expect(inspector.isDue).toBe(false);
  inspector.take(microbatch);
  const first = await inspector.look(0, 1, replica, reduced);
  expect(inspector.isDue).toBe(false);
  expect(first).toMatchObject({ step: 1, images: 2 });
  expect(first.layers.map(({ name }) => name)).toEqual(['conv1', 'fc1', 'fc2']);
  expect(first.layers[0]!.gradient.norm).toBeCloseTo(0.5 * Math.sqrt(27));
  for (const { update } of first.layers) expect(update.ratio).toBeCloseTo(0.5, 5);
  expect(first.activations.map(({ name, units, values }) => [name, units, values.count])).toEqual([
    ['act1', 3, 2 * 64 * 3],
    ['fc1.act', 4, 8],
  ]);
  expect(JSON.stringify([replica, reduced, images])).toBe(before);
  inspector.take(microbatch);
  expect(await inspector.look(0, 1, replica, reduced)).toEqual(first);
  engine.dispose();
});
