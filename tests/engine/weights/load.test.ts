import { describe, expect, it } from 'vitest';
import { readSafetensors, type Tensor, writeSafetensors } from '../../../src/shared/checkpoint/safetensors.ts';
import { encodeState } from '../../../src/shared/checkpoint/state.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { initialiseBuffers, initialiseParameters } from '../../../src/shared/network/initialise.ts';
import { bufferLayout, parameterLayout, sizeOf } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { loadWeights } from '../../../src/engine/weights/load.ts';
import { pytorchParameters } from '../../../src/engine/weights/pytorch-layout.ts';
import { pytorchFile } from '../../shared/network/pytorch/golden.ts';

const small: Partial<Job> = { channels: [2], dense: 3, batchNorm: true };

function networkOf(job: Partial<Job>, classes = 4, input: Network['input'] = [8, 8, 3]): Network {
  return buildNetwork(jobSchema.parse(job), input, classes);
}

function vectorsOf(network: Network) {
  const vectors = {
    parameters: new Float32Array(parameterLayout(network).length),
    buffers: new Float32Array(bufferLayout(network).length),
  };
  initialiseParameters(network, 5, vectors.parameters);
  initialiseBuffers(network, vectors.buffers);
  return vectors;
}

function changed(file: Uint8Array, change: (tensors: Map<string, Tensor>) => void): Uint8Array {
  const { tensors, metadata } = readSafetensors(file, 'x');
  const copy = new Map(tensors);
  change(copy);
  return writeSafetensors([...copy.values()], metadata);
}

function renamed(file: Uint8Array, rename: (name: string) => string): Uint8Array {
  const { tensors, metadata } = readSafetensors(file, 'x');
  return writeSafetensors(
    [...tensors.values()].map((tensor) => ({ ...tensor, name: rename(tensor.name) })),
    metadata,
  );
}

function load(file: Uint8Array, network: Network) {
  const vectors = vectorsOf(network);
  const result = loadWeights(file, 'w.safetensors', network, vectors);
  return { ...vectors, ...result };
}

/** For what is refused by names and shapes: the values of a large network would only take time. */
function loadInto(network: Network): (file: Uint8Array) => void {
  const vectors = {
    parameters: new Float32Array(parameterLayout(network).length),
    buffers: new Float32Array(bufferLayout(network).length),
  };
  return (file) => void loadWeights(file, 'w.safetensors', network, vectors);
}

/** What PyTorch would write of the network, all zeros: for shapes alone. */
function zeros(network: Network): Uint8Array {
  const tensors = [...pytorchParameters(network), ...network.buffers].map(({ name, shape }) => {
    return { name, type: 'F32', shape, bytes: new Uint8Array(4 * sizeOf(shape)) } as const;
  });
  return writeSafetensors(tensors, {});
}

describe('loadWeights', () => {
  it('finds tensors by name, in whatever order they lie', () => {
    const network = networkOf(small);
    const file = pytorchFile(network);
    const turned = changed(file, (tensors) => {
      const all = [...tensors].toReversed();
      tensors.clear();
      for (const [name, tensor] of all) tensors.set(name, tensor);
    });
    expect(load(turned, network)).toEqual(load(file, network));
    expect(load(file, network).newHead).toBeNull();
    expect(load(file, network).parameters).not.toEqual(vectorsOf(network).parameters);
    expect(load(file, network).buffers).not.toEqual(vectorsOf(network).buffers);
  });

  it('reads from a Buffer, which is how files come', () => {
    const network = networkOf(small);
    const file = pytorchFile(network);
    expect(load(Buffer.from(file), network)).toEqual(load(file, network));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e300])('refuses a file that holds %d', (value) => {
    const network = networkOf(small);
    const file = changed(pytorchFile(network), (tensors) => {
      const shape = tensors.get('fc1.bias')!.shape;
      const bytes = new Uint8Array(Float64Array.from({ length: shape[0]! }, () => value).buffer);
      tensors.set('fc1.bias', { name: 'fc1.bias', type: 'F64', shape, bytes });
    });
    expect(() => load(file, network)).toThrow(
      /^--weights w\.safetensors: 'fc1\.bias' holds a value that is infinite or no number as float32/,
    );
  });

  it('names --weights where the file is damaged', () => {
    const network = networkOf(small);
    expect(() => load(pytorchFile(network).subarray(0, -4), network)).toThrow(
      /^--weights w\.safetensors cannot be used: it is cut short: .* Copy it anew, or choose another file\.$/,
    );
  });

  it('leaves a head for other classes at its initial values', () => {
    const network = networkOf(small);
    const { newHead, parameters } = load(pytorchFile(networkOf(small, 9)), network);
    expect(newHead?.layer).toBe('fc2');
    expect(newHead?.theirs?.shape).toEqual([9, 3]);
    const initial = vectorsOf(network).parameters;
    const same = load(pytorchFile(network), network).parameters;
    for (const { name, offset, size } of parameterLayout(network).spans) {
      const head = name.startsWith('fc2.');
      const expected = (head ? initial : same).subarray(offset, offset + size);
      expect(parameters.subarray(offset, offset + size), name).toEqual(expected);
    }
  });

  it.each([
    'module.',
    'model.',
    '_orig_mod.',
    'module._orig_mod.',
    'state_dict.',
    'backbone.',
    'model.encoder.',
    'my.own_net.',
  ])('finds the network behind %s', (prefix) => {
    const network = networkOf(small);
    const file = pytorchFile(network);
    expect(
      load(
        renamed(file, (name) => prefix + name),
        network,
      ),
    ).toEqual(load(file, network));
    const half = changed(file, (tensors) => void tensors.delete('bn1.bias'));
    expect(() =>
      load(
        renamed(half, (name) => prefix + name),
        network,
      ),
    ).toThrow(`lacks '${prefix}bn1.bias'`);
  });

  it('loads a backbone, whose head is missing or has another name, and leaves the head at its initial values', () => {
    const network = networkOf(small);
    const headless = changed(pytorchFile(network), (tensors) => {
      tensors.delete('fc2.weight');
      tensors.delete('fc2.bias');
    });
    const { newHead, leftOut, parameters } = load(headless, network);
    expect(newHead).toEqual({ layer: 'fc2', theirs: null });
    expect(leftOut).toEqual([]);
    const initial = vectorsOf(network).parameters;
    const same = load(pytorchFile(network), network).parameters;
    for (const { name, offset, size } of parameterLayout(network).spans) {
      const expected = (name.startsWith('fc2.') ? initial : same).subarray(offset, offset + size);
      expect(parameters.subarray(offset, offset + size), name).toEqual(expected);
    }
    for (const other of ['fc2.1.', 'classifier.', 'head.fc.']) {
      const renamedHead = renamed(pytorchFile(network), (name) => name.replace(/^fc2\./, other));
      expect(load(renamedHead, network)).toMatchObject({
        newHead,
        parameters,
        leftOut: [`${other}weight`, `${other}bias`],
      });
    }
  });

  it("leaves out what is beside the network: an optimiser's state, averaged weights, other parts of a larger program", () => {
    const network = networkOf(small);
    const file = pytorchFile(network);
    const beside = ['optim.state.0.exp_avg', 'decoder.0.weight', 'log_var'];
    for (const prefix of ['', 'model.']) {
      const wrapped = renamed(file, (name) => prefix + name);
      const averaged = renamed(file, (name) => `model_ema.module.${name}`);
      const all = changed(wrapped, (tensors) => {
        for (const [name, tensor] of readSafetensors(averaged, 'x').tensors) {
          if (!name.endsWith('tracked')) tensors.set(name, { ...tensor, bytes: new Uint8Array(tensor.bytes.length) });
        }
        for (const name of beside) tensors.set(name, { name, type: 'F32', shape: [1], bytes: new Uint8Array(4) });
      });
      const { leftOut, ...rest } = load(all, network);
      expect(rest).toMatchObject({ parameters: load(file, network).parameters, newHead: null });
      expect(leftOut).toEqual(expect.arrayContaining([...beside, 'model_ema.module.conv1.weight']));
    }
  });

  it('refuses to choose among copies that are called alike', () => {
    const network = networkOf(small);
    const twice = changed(pytorchFile(network), (tensors) => {
      for (const [name, tensor] of [...tensors]) {
        tensors.delete(name);
        for (const of of ['student.', 'teacher.']) tensors.set(of + name, { ...tensor, name: of + name });
      }
    });
    expect(() => load(twice, network)).toThrow("several times, under 'student.' and 'teacher.'");
  });

  it('takes our own checkpoints and exports, which are in our layout', () => {
    const network = networkOf(small);
    const layout = { parameters: parameterLayout(network), buffers: bufferLayout(network), optimizer: ['momentum'] };
    const { parameters, buffers } = load(pytorchFile(network), network);
    const optimizer = new Map([['momentum', new Float32Array(parameters.length)]]);
    const position = { step: 3, seed: 1, fingerprint: 'a'.repeat(64) };
    const checkpoint = encodeState(layout, { parameters, buffers, optimizer }, position);
    expect(load(checkpoint, network)).toEqual({ parameters, buffers, newHead: null, leftOut: [], classes: null });
  });

  it('reads half precision and double precision', () => {
    const network = networkOf(small);
    const value = 0.15625; // exact in all of them
    const forms = {
      F16: new Uint8Array(Uint16Array.of(0x3100).buffer),
      BF16: new Uint8Array(Uint16Array.of(0x3e20).buffer),
      F64: new Uint8Array(Float64Array.of(value).buffer),
    };
    for (const type of ['F16', 'BF16', 'F64'] as const) {
      const file = changed(pytorchFile(network), (tensors) => {
        const bytes = Buffer.concat(Array.from({ length: 3 }, () => forms[type]));
        tensors.set('fc1.bias', { name: 'fc1.bias', type, shape: [3], bytes });
      });
      const span = parameterLayout(network).spans.find(({ name }) => name === 'fc1.bias')!;
      const { parameters } = load(file, network);
      expect([...parameters.subarray(span.offset, span.offset + 3)], type).toEqual([value, value, value]);
    }
  });

  const resnet = networkOf({ model: 'resnet18' }, 10, [32, 32, 3]);

  it('names the first tensor that has another shape, with both shapes and what to do', () => {
    const file = zeros(networkOf({ model: 'resnet18' }, 10, [96, 96, 3]));
    expect(() => loadInto(resnet)(file)).toThrow(
      /'conv1.weight' is \[64, 3, 7, 7\] there and \[64, 3, 3, 3\] in this network.*96 pixels/,
    );
    const colour = zeros(resnet);
    expect(() => loadInto(networkOf({ model: 'resnet18' }, 10, [32, 32, 1]))(colour)).toThrow('images of 3 channels');
    const wide = pytorchFile(networkOf({ ...small, dense: 7 }));
    expect(() => load(wide, networkOf(small))).toThrow(/'fc1.weight' is \[7, 32\] there and \[3, 32\] in this network/);
  });

  it("reads channels where they stand, in our own layout and in PyTorch's", () => {
    const [gray, color] = ([1, 3] as const).map((channels) => networkOf({ ...small, kernel: 5 }, 4, [8, 8, channels]));
    const layout = { parameters: parameterLayout(gray!), buffers: bufferLayout(gray!), optimizer: [] };
    const { parameters, buffers } = vectorsOf(gray!);
    const position = { step: 3, seed: 1, fingerprint: 'a'.repeat(64) };
    const checkpoint = encodeState(layout, { parameters, buffers, optimizer: new Map() }, position);
    for (const file of [checkpoint, pytorchFile(gray!)]) {
      expect(() => load(file, color!)).toThrow(
        'It was trained on images of 1 channel, these have 3: pass --color gray.',
      );
    }
    // Two filters of 7x7 are no images of 7 channels.
    expect(() => load(checkpoint, networkOf({ ...small, kernel: 7 }, 4, [8, 8, 1]))).toThrow(/in this network\.$/);
  });

  it('refuses a larger network of which ours is a part, also behind a prefix', () => {
    for (const [prefix, name] of [
      ['', 'conv2.weight'],
      ['', 'fc3.weight'],
      ['model.', 'bn1.0.weight'],
    ] as const) {
      const more = changed(pytorchFile(networkOf(small, 9)), (tensors) => {
        tensors.set(name, { ...tensors.get('fc1.bias')!, name });
      });
      const larger = renamed(more, (own) => prefix + own);
      expect(() => load(larger, networkOf(small))).toThrow(`holds '${prefix}${name}' [3], which this network does not`);
    }
    const deeper = changed(zeros(resnet), (tensors) => {
      tensors.set('layer1.2.conv1.weight', { ...tensors.get('fc.bias')!, name: 'layer1.2.conv1.weight' });
    });
    expect(() => loadInto(resnet)(deeper)).toThrow(
      "holds 'layer1.2.conv1.weight' [10], which this network does not have",
    );
  });

  it('refuses parts of a network that lie in a list, which are found nowhere', () => {
    // What nn.Sequential(*resnet.children()) saves.
    const order = ['conv1', 'bn1', 'relu', 'maxpool', 'layer1', 'layer2', 'layer3', 'layer4', 'avgpool', 'fc'];
    const listed = renamed(zeros(resnet), (name) => name.replace(/^[^.]+/, (group) => String(order.indexOf(group))));
    expect(() => loadInto(resnet)(listed)).toThrow(
      "its first tensor is '0.weight', and the network's is 'conv1.weight'",
    );
  });

  it.each([
    [
      'a file of another network',
      () => writeSafetensors([{ name: 'stem.weight', type: 'F32', shape: [1], bytes: new Uint8Array(4) }], {}),
      "its first tensor is 'stem.weight', and the network's is 'conv1.weight'",
    ],
    [
      'a file that lacks a tensor',
      () => changed(pytorchFile(networkOf(small)), (tensors) => void tensors.delete('bn1.running_mean')),
      "lacks 'bn1.running_mean'",
    ],
    [
      'half a head',
      () => changed(pytorchFile(networkOf(small)), (tensors) => void tensors.delete('fc2.bias')),
      "lacks 'fc2.bias'",
    ],
    [
      'whole numbers',
      () =>
        changed(pytorchFile(networkOf(small)), (tensors) => {
          tensors.set('fc1.bias', { ...tensors.get('fc1.bias')!, type: 'I32' });
        }),
      "'fc1.bias' holds I32",
    ],
    ['a text', () => Buffer.from('these are no weights'), 'w.safetensors'],
    ['a file cut short', () => pytorchFile(networkOf(small)).subarray(0, -8), 'cut short'],
  ])('refuses %s', (_, make, sentence) => {
    expect(() => load(make(), networkOf(small))).toThrow(sentence);
  });

  it('writes nothing where it refuses', () => {
    const network = networkOf(small);
    const file = changed(pytorchFile(network), (tensors) => void tensors.delete('fc1.bias'));
    const vectors = vectorsOf(network);
    expect(() => loadWeights(file, 'x', network, vectors)).toThrow();
    expect(vectors).toEqual(vectorsOf(network));
  });
});
