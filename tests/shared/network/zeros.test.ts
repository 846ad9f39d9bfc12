import { expect, it } from 'vitest';
import type { Engine } from '../../../src/engine/interface/engine.ts';
import { createInterpreterEngine } from '../../../src/engine/interpreter/engine.ts';
import { jobSchema, type Job } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { parameterLayout, stepVectorLayout } from '../../../src/shared/network/layout.ts';
import { trainingProgram } from '../../../src/engine/program/build.ts';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';

const BATCH = 6;
const engine: Engine = await createInterpreterEngine('cpu', { threads: 1 });

type Parameters = Readonly<Record<string, Float32Array>>;

const STEPS = 20;
const done = new Map<string, Promise<Parameters>>();

/** Plain gradient descent for some steps; the parameters in the end, by name. */
function trained(job: Pick<Job, 'init' | 'activation'>): Promise<Parameters> {
  const key = `${job.init} ${job.activation}`;
  const parameters = done.get(key) ?? train(job);
  done.set(key, parameters);
  return parameters;
}

async function train(job: Partial<Job>): Promise<Parameters> {
  const network = buildNetwork(jobSchema.parse({ channels: [3], dense: 4, ...job }), [8, 8, 1], 3);
  const { spans, length } = parameterLayout(network);
  const parameters = new Float32Array(length);
  initialiseParameters(network, 1, parameters);
  const program = trainingProgram(network, BATCH, { labelSmoothing: 0 });
  const compiled = await engine.compile(program, { buckets: [network.parameters.map((_, index) => index)] });
  const random = new RandomStream(2, STREAM.augmentation);
  for (let step = 0; step < STEPS; step++) {
    const vector = new Float32Array(stepVectorLayout(network).length);
    const images = Float32Array.from({ length: BATCH * 64 }, () => random.normal());
    const labels = Int32Array.from({ length: BATCH }, () => random.below(3));
    const inputs = { images, labels, parameters, buffers: new Float32Array(0), masks: [] };
    await compiled.run(inputs, { vector, onBucket: () => undefined });
    for (let i = 0; i < length; i++) parameters[i]! -= 0.1 * vector[i]!;
  }
  return Object.fromEntries(spans.map(({ name, offset, size }) => [name, parameters.slice(offset, offset + size)]));
}

/** The columns of a matrix [in, out], one for each unit. */
function columnsOf(matrix: Float32Array, units: number): readonly string[] {
  return Array.from({ length: units }, (_, unit) => matrix.filter((_value, i) => i % units === unit).join());
}

it.each(['relu', 'tanh', 'sigmoid'] as const)(
  'zeros leave all hidden units alike, however long they train (%s)',
  async (activation) => {
    const weights = await trained({ init: 'zeros', activation });
    expect(new Set(columnsOf(weights['fc1.weight']!, 4)).size).toBe(1);
    expect(new Set(columnsOf(weights['conv1.weight']!, 3)).size).toBe(1);
    expect(new Set(weights['fc1.bias']).size).toBe(1);
    // The last biases have gradients of their own: something does train.
    expect(new Set(weights['fc2.bias']).size).toBe(3);
    const random = await trained({ init: 'he_normal', activation });
    expect(new Set(columnsOf(random['fc1.weight']!, 4)).size).toBe(4);
  },
);

it('with relu or tanh, zeros leave every weight at zero: no signal passes forward or back', async () => {
  for (const activation of ['relu', 'tanh'] as const) {
    const weights = await trained({ init: 'zeros', activation });
    for (const name of ['conv1.weight', 'fc1.weight', 'fc2.weight']) {
      expect(weights[name]!.every((value) => value === 0)).toBe(true);
    }
  }
});
