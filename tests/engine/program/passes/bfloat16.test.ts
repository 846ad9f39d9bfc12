import { describe, expect, it } from 'vitest';
import { buildNetwork } from '../../../../src/shared/network/build.ts';
import { stepVectorLayout } from '../../../../src/shared/network/layout.ts';
import { jobSchema } from '../../../../src/shared/job/schema.ts';
import { bucketsOfProgram } from '../../reference/program-buckets.ts';
import { planBuckets } from '../../../../src/shared/network/buckets.ts';
import { trainingProgram } from '../../../../src/engine/program/build.ts';
import type { StepProgram } from '../../../../src/engine/program/steps/program.ts';
import { validateProgram } from '../validate.ts';
import { frozenIn, partlyFrozen, smallBinaryCnn, smallCnn, smallResNet } from '../../reference/small-networks.ts';

const resnet18 = buildNetwork(jobSchema.parse({ model: 'resnet18' }), [32, 32, 3], 10);
const networks = [smallCnn('relu'), smallResNet('relu'), smallBinaryCnn('tanh'), partlyFrozen('relu'), resnet18];

describe.each(networks)('a program of $name in bfloat16', (network) => {
  const options = { labelSmoothing: 0 };
  const full = trainingProgram(network, 2, options);
  const program = trainingProgram(network, 2, { ...options, precision: 'bf16' });
  const typeOf = (value: number): string => program.values[value]!.dtype;

  it('is a valid program', () => {
    validateProgram(program, frozenIn(network));
  });

  it('takes in and gives out float32 alone', () => {
    const outside = [
      ...program.inputs.filter(({ source }) => source.kind !== 'labels').map(({ value }) => value),
      ...[...program.gradients, ...program.statistics].map(({ value }) => value),
      program.logits,
      program.losses!,
    ];
    expect(new Set(outside.map(typeOf))).toEqual(new Set(['float32']));
  });

  it('convolves bfloat16, and never a float32', () => {
    const convolutions = program.operations.filter(({ op }) => op.startsWith('conv2d'));
    expect(convolutions.length).toBeGreaterThan(0);
    for (const { inputs, outputs } of convolutions) {
      expect(new Set([...inputs, ...outputs].map(typeOf))).toEqual(new Set(['bfloat16']));
    }
  });

  it('gives every operation but casts one type of images, and batch norms float32 for what they know of channels', () => {
    for (const { op, inputs, outputs } of program.operations) {
      if (op === 'cast') expect(typeOf(inputs[0]!)).not.toBe(typeOf(outputs[0]!));
      else {
        const images = [...inputs, ...outputs].filter((value) => program.values[value]!.shape.length === 4);
        expect(new Set(images.map(typeOf)).size).toBeLessThanOrEqual(1);
      }
      if (op === 'batchNorm') expect(inputs.slice(1).map(typeOf)).toEqual(['float32', 'float32']);
    }
  });

  it('casts no value twice', () => {
    const cast = program.operations.filter(({ op }) => op === 'cast').map(({ inputs }) => inputs[0]);
    expect(new Set(cast).size).toBe(cast.length);
  });

  it('does the operations of the program in float32, in the same order, between its casts', () => {
    const kinds = ({ operations }: StepProgram) => operations.map(({ op }) => op).filter((op) => op !== 'cast');
    expect(kinds(program)).toEqual(kinds(full));
  });

  it('has the gradients of a bucket ready together, as in float32', () => {
    const layout = stepVectorLayout(network);
    for (const target of [1, 16, 100_000]) {
      const { parameters, ranges } = planBuckets(network, layout, target);
      expect(bucketsOfProgram(program, layout, target)).toEqual({ parameters, ranges });
    }
  });
});
