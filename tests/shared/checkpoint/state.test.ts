import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeState,
  encodeState,
  restoreState,
  type StateLayout,
  type StateVectors,
} from '../../../src/shared/checkpoint/state.ts';
import { weightsDigest } from '../../../src/shared/checkpoint/weights-digest.ts';
import type { Layout } from '../../../src/shared/network/layout.ts';

function layoutOf(tensors: Record<string, number[]>): Layout {
  let offset = 0;
  const slots = Object.entries(tensors).map(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const slot = { name, shape, offset, size };
    offset += Math.ceil(size / 16) * 16;
    return slot;
  });
  return { slots, length: offset };
}

const layout: StateLayout = {
  parameters: layoutOf({ 'conv.weight': [3, 3, 1, 2], 'conv.bias': [2], 'fc.weight': [5, 3] }),
  buffers: layoutOf({ 'bn.running_mean': [2] }),
  optimizer: ['m', 'v'],
};
const position = { step: 812, seed: 7, fingerprint: 'a'.repeat(64) };

/** In shared memory, as a worker's are. Slots are filled, padding is left zero. */
function vectors(value: (slot: number, index: number) => number): StateVectors {
  const make = (of: Layout, which: number) => {
    const vector = new Float32Array(new SharedArrayBuffer(4 * of.length));
    for (const { offset, size } of of.slots)
      for (let i = 0; i < size; i++) vector[offset + i] = value(which, offset + i);
    return vector;
  };
  return {
    parameters: make(layout.parameters, 0),
    buffers: make(layout.buffers, 1),
    optimizer: new Map([
      ['m', make(layout.parameters, 2)],
      ['v', make(layout.parameters, 3)],
    ]),
  };
}

const bits = (vector: Float32Array) => Buffer.from(vector.buffer as ArrayBuffer).toString('hex');

describe('a training state', () => {
  it('comes back bit for bit, NaN and minus zero included', () => {
    fc.assert(
      fc.property(fc.array(fc.float(), { minLength: 1 }), fc.nat(1e9), (values, step) => {
        const before = vectors((slot, i) => values[(31 * slot + i) % values.length]!);
        const after = vectors(() => 0);
        const checkpoint = decodeState(encodeState(layout, before, { ...position, step }), 'f');
        restoreState(checkpoint, layout, after);
        expect(bits(after.parameters)).toBe(bits(before.parameters));
        expect(bits(after.buffers)).toBe(bits(before.buffers));
        for (const slot of layout.optimizer) {
          expect(bits(after.optimizer.get(slot)!)).toBe(bits(before.optimizer.get(slot)!));
        }
        expect(checkpoint).toMatchObject({ ...position, step });
        expect(checkpoint.weightsDigest).toBe(weightsDigest(layout.parameters, before.parameters));
      }),
    );
  });

  it('keeps what the run wants to remember beside it', () => {
    const bytes = encodeState(
      layout,
      vectors(() => 1),
      position,
      { engine: 'wasm' },
    );
    expect(decodeState(bytes, 'f').metadata['engine']).toBe('wasm');
  });

  it('gives parameters and buffers alone to who predicts', () => {
    const after = vectors(() => 0);
    const checkpoint = decodeState(
      encodeState(
        layout,
        vectors((slot) => slot + 1),
        position,
      ),
      'f',
    );
    restoreState(checkpoint, { ...layout, optimizer: [] }, { ...after, optimizer: new Map() });
    expect([after.parameters[0], after.buffers[0], after.optimizer.get('m')![0]]).toEqual([1, 2, 0]);
  });

  it('notices every changed byte that means something', () => {
    const whole = encodeState(
      layout,
      vectors((slot, i) => slot + i),
      position,
    );
    const same = decodeState(whole, 'f');
    for (let at = 0; at < whole.length; at++) {
      const copy = whole.slice();
      copy[at]! ^= 0x01;
      let read: unknown;
      try {
        read = decodeState(copy, 'f');
      } catch (error) {
        expect(error).toMatchObject({ code: 'BAD_CHECKPOINT' });
        continue;
      }
      expect(read).toEqual(same); // say, a blank in the header became a tab
    }
  });

  it('refuses the state of another model, naming what differs, and writes nothing', () => {
    const checkpoint = decodeState(
      encodeState(
        layout,
        vectors(() => 1),
        position,
      ),
      'run/f',
    );
    const narrower: StateLayout = {
      ...layout,
      parameters: layoutOf({ 'conv.weight': [3, 3, 1, 2], 'conv.bias': [2], 'fc.weight': [5, 2] }),
    };
    const into = vectors(() => 0);
    expect(() => restoreState(checkpoint, narrower, into)).toThrow(
      "Checkpoint run/f cannot be used: 'fc.weight' is F32 [5, 3], this model needs F32 [5, 2].",
    );
    expect(into.parameters.every((x) => x === 0)).toBe(true);
  });

  it('refuses the state of another optimiser', () => {
    const plain = decodeState(
      encodeState(
        { ...layout, optimizer: ['m'] },
        vectors(() => 1),
        position,
      ),
      'f',
    );
    expect(() =>
      restoreState(
        plain,
        layout,
        vectors(() => 0),
      ),
    ).toThrow("it lacks tensor 'optimizer.v.conv.weight'");
    const adam = decodeState(
      encodeState(
        layout,
        vectors(() => 1),
        position,
      ),
      'f',
    );
    expect(() =>
      restoreState(
        adam,
        { ...layout, optimizer: ['m'] },
        vectors(() => 0),
      ),
    ).toThrow("it holds tensor 'optimizer.v.conv.weight', which this model or optimiser does not have");
  });
});

describe('weightsDigest', () => {
  it('is the sha256 of the values in model order, without padding', () => {
    const { parameters } = vectors((_, i) => i / 3);
    const values = layout.parameters.slots.flatMap(({ offset, size }) => [
      ...parameters.subarray(offset, offset + size),
    ]);
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, i) => bytes.writeFloatLE(value, 4 * i));
    expect(weightsDigest(layout.parameters, parameters)).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('does not depend on the padding', () => {
    const { parameters } = vectors((_, i) => i);
    const before = weightsDigest(layout.parameters, parameters);
    parameters[layout.parameters.length - 1] = 5;
    expect(weightsDigest(layout.parameters, parameters)).toBe(before);
  });
});
