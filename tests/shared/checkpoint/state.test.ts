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
import { readSafetensors, writeSafetensors } from '../../../src/shared/checkpoint/safetensors.ts';
import { stateDigest, stateDigests } from '../../../src/shared/checkpoint/state-digest.ts';
import { weightsDigest } from '../../../src/shared/checkpoint/weights-digest.ts';
import type { Layout } from '../../../src/shared/network/layout.ts';

function layoutOf(tensors: Record<string, number[]>): Layout {
  let offset = 0;
  const spans = Object.entries(tensors).map(([name, shape]) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const span = { name, shape, offset, size };
    offset += Math.ceil(size / 16) * 16;
    return span;
  });
  return { spans, length: offset };
}

const layout: StateLayout = {
  parameters: layoutOf({ 'conv.weight': [3, 3, 1, 2], 'conv.bias': [2], 'fc.weight': [5, 3] }),
  buffers: layoutOf({ 'bn.running_mean': [2] }),
  optimizer: ['m', 'v'],
};
const position = { step: 812, seed: 7, fingerprint: 'a'.repeat(64) };

/** In shared memory, as a worker's are. Slots are filled, padding is left zero. */
function vectors(value: (span: number, index: number) => number): StateVectors {
  const make = (of: Layout, which: number) => {
    const vector = new Float32Array(new SharedArrayBuffer(4 * of.length));
    for (const { offset, size } of of.spans)
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
        const before = vectors((span, i) => values[(31 * span + i) % values.length]!);
        const after = vectors(() => 0);
        const checkpoint = decodeState(encodeState(layout, before, { ...position, step }), 'f');
        restoreState(checkpoint, layout, after);
        expect(bits(after.parameters)).toBe(bits(before.parameters));
        expect(bits(after.buffers)).toBe(bits(before.buffers));
        for (const span of layout.optimizer) {
          expect(bits(after.optimizer.get(span)!)).toBe(bits(before.optimizer.get(span)!));
        }
        expect(checkpoint).toMatchObject({ ...position, step });
        expect(checkpoint.weightsDigest).toBe(weightsDigest(layout.parameters, before.parameters));
      }),
    );
  });

  it('keeps a digest of all of it, which any change of any part changes', () => {
    const of = (value: (span: number, index: number) => number) =>
      decodeState(encodeState(layout, vectors(value), position), 'f').stateDigest;
    const before = of((span, i) => span + i);
    expect(of((span, i) => span + i)).toBe(before);
    for (const changed of [0, 1, 2, 3]) {
      expect(of((span, i) => span + i + (span === changed && i === 1 ? 1 : 0))).not.toBe(before);
    }
  });

  it('is read from a file of before there was such a digest', () => {
    const header = JSON.stringify({
      __metadata__: {
        format: 'gradsocket.checkpoint.1',
        step: '3',
        seed: '1',
        fingerprint: '0'.repeat(64),
        weightsDigest: '6cdd35822bf9b2950cdb4dd2519a8c465bad7fdae0dc3259b4adc8e198d5ef0e',
        contentDigest: 'd2e696bfb125cbe05d8767bb9a044898da3520d47ca19e7b624260104ef62576',
      },
      weight: { dtype: 'F32', shape: [4], data_offsets: [0, 16] },
    }).padEnd(440);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(440n);
    const data = Buffer.from('000000000000003e0000803e0000c03e', 'hex');
    const old = decodeState(Buffer.concat([length, Buffer.from(header), data]), 'f');
    expect(old).toMatchObject({ step: 3, stateDigest: null });
    const parameters = new Float32Array(16);
    const only = { parameters: layoutOf({ weight: [4] }), buffers: layoutOf({}), optimizer: [] };
    restoreState(old, only, { parameters, buffers: new Float32Array(0), optimizer: new Map() });
    expect([...parameters.subarray(0, 4)]).toEqual([0, 1 / 8, 2 / 8, 3 / 8]);
  });

  it('is not restored from tensors of another type, however many bytes they have', () => {
    const { tensors, metadata } = readSafetensors(
      encodeState(
        layout,
        vectors(() => 1),
        position,
      ),
      'f',
    );
    const changed = [...tensors.values()].map((tensor) =>
      tensor.name === 'conv.bias' ? { ...tensor, type: 'I32' as const } : tensor,
    );
    // Whoever wrote such a file wrote a digest that fits.
    const list = changed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const { contentDigest: _, ...others } = metadata;
    const hash = createHash('sha256');
    const entries = Object.entries(others).toSorted(([a], [b]) => (a < b ? -1 : 1));
    hash.update(JSON.stringify([entries, list.map(({ name, type, shape }) => [name, type, shape])]));
    for (const { bytes } of list) hash.update(bytes);
    const checkpoint = decodeState(writeSafetensors(changed, { ...others, contentDigest: hash.digest('hex') }), 'f');
    const after = vectors(() => 0);
    expect(() => restoreState(checkpoint, layout, after)).toThrow("'conv.bias' is I32 [2], this model needs F32 [2]");
    expect(after.parameters.every((value) => value === 0)).toBe(true);
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
        vectors((span) => span + 1),
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
      vectors((span, i) => span + i),
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
    ).toThrow("it holds tensor 'optimizer.v.conv.weight', which this model or optimizer does not have");
  });
});

describe('weightsDigest', () => {
  it('is the sha256 of the values in model order, without padding', () => {
    const { parameters } = vectors((_, i) => i / 3);
    const values = layout.parameters.spans.flatMap(({ offset, size }) => [
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

describe('stateDigests', () => {
  it('are sha256 over each part, and stateDigest one over the three', () => {
    const floats = (...values: number[]) => Float32Array.from({ length: 16 }, (_, i) => values[i] ?? 99);
    const sha256 = (data: Uint8Array | string) => createHash('sha256').update(data).digest('hex');
    const bytes = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
    const digests = stateDigests(
      { parameters: layoutOf({ w: [2] }), buffers: layoutOf({ mean: [1] }) },
      { parameters: floats(1, 2), buffers: floats(3), optimizer: [floats(4, 5), floats(6, 7)] },
    );
    expect(digests).toEqual({
      weights: sha256(bytes(1, 2)),
      statistics: sha256(bytes(3)),
      optimizer: sha256(bytes(4, 5, 6, 7)),
    });
    expect(stateDigest(digests)).toBe(sha256(`${digests.weights}${digests.statistics}${digests.optimizer}`));
  });
});
