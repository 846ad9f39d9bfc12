import { describe, expect, it } from 'vitest';
import { INPUT, NetworkBuilder } from '../../../../src/shared/network/builder.ts';
import { lowerNetwork } from '../../../../src/engine/program/lower.ts';
import { poolFirst } from '../../../../src/engine/program/passes/pool-first.ts';
import type { StepProgram } from '../../../../src/engine/program/steps/program.ts';
import { validateProgram } from '../validate.ts';

const conv = { filters: 2, kernel: 3, stride: 1, padding: 1, bias: true };
const pool = { size: 2, stride: 2, padding: 0 };

function lowered(write: (net: NetworkBuilder) => void): StepProgram {
  const net = new NetworkBuilder([6, 6, 1], 'zeros');
  write(net);
  return lowerNetwork(net.finish('test'), { kind: 'training', batch: 2, loss: null });
}

function operationsOf(program: StepProgram): readonly string[] {
  validateProgram(poolFirstIsForward(program));
  return program.operations.map(({ op }) => op);
}

/** Validation of training programs wants gradients, which there are none of yet. */
function poolFirstIsForward(program: StepProgram): StepProgram {
  return { ...program, kind: 'forward' };
}

describe('poolFirst', () => {
  it('moves max pooling before activation and bias', () => {
    const program = lowered((net) => {
      const x = net.activation('act', net.conv('conv', INPUT, conv), 'relu');
      net.flatten('flatten', net.pool('pool', x, { ...pool, mode: 'max' }));
    });
    expect(operationsOf(program)).toEqual(['conv2d', 'biasAdd', 'activation', 'maxPool', 'reshape']);
    const moved = poolFirst(program);
    expect(operationsOf(moved)).toEqual(['conv2d', 'maxPool', 'biasAdd', 'activation', 'reshape']);
    const shapes = moved.operations.map(({ outputs }) => moved.values[outputs[0]!]!.shape.slice(1, 3));
    expect(shapes.slice(0, 4)).toEqual([
      [6, 6],
      [3, 3],
      [3, 3],
      [3, 3],
    ]);
  });

  it('names values after the operation that now writes them', () => {
    const program = poolFirst(
      lowered((net) => {
        const x = net.activation('act', net.conv('conv', INPUT, conv), 'relu');
        net.pool('pool', x, { ...pool, mode: 'max' });
      }),
    );
    const names = program.operations.map(({ op, outputs }) => [op, program.values[outputs[0]!]!.name]);
    expect(names).toEqual([
      ['conv2d', 'conv'],
      ['maxPool', 'pool'],
      ['biasAdd', 'conv/bias'],
      ['activation', 'act'],
    ]);
  });

  it('leaves mean pooling alone, which does not commute', () => {
    const program = lowered((net) => {
      const x = net.activation('act', net.conv('conv', INPUT, conv), 'relu');
      net.pool('pool', x, { ...pool, mode: 'avg' });
    });
    expect(poolFirst(program).operations).toEqual(program.operations);
  });

  it('leaves an activation alone that somebody else reads, too', () => {
    const program = lowered((net) => {
      const x = net.activation('act', net.conv('conv', INPUT, { ...conv, filters: 1 }), 'relu');
      const pooled = net.pool('pool', x, { mode: 'max', size: 3, stride: 1, padding: 1 });
      net.add('add', pooled, x);
    });
    expect(poolFirst(program).operations).toEqual(program.operations);
  });

  it('leaves batch norm alone, whose scale may be negative', () => {
    const program = lowered((net) => {
      const x = net.batchNorm('bn', net.conv('conv', INPUT, { ...conv, bias: false }));
      net.pool('pool', x, { ...pool, mode: 'max' });
    });
    expect(poolFirst(program).operations).toEqual(program.operations);
  });
});
