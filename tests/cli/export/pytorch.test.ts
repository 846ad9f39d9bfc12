import { describe, expect, it } from 'vitest';
import { pytorchModule } from '../../../src/cli/export/pytorch-module.ts';
import { pytorchFile } from '../../../src/cli/export/pytorch.ts';
import { readSafetensors } from '../../../src/shared/checkpoint/safetensors.ts';
import { type Job, jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';
import { bufferLayout, parameterLayout } from '../../../src/shared/network/layout.ts';
import type { Network } from '../../../src/shared/network/network.ts';
import { loadWeights } from '../../../src/engine/weights/load.ts';
import { pytorchFile as goldenFile } from '../../shared/network/pytorch/golden.ts';

const dataset = {
  name: 'made up',
  digest: '0'.repeat(64),
  classes: ['cat', 'dog'],
  imageShape: [12, 10, 3] as [number, number, 3],
  encoding: 'raw' as const,
  trainSamples: 3,
  validationSamples: 3,
  mean: [0.5, 0.4, 0.3],
  deviation: [0.2, 0.25, 0.3],
};

function networkOf(job: Partial<Job>): Network {
  return buildNetwork(jobSchema.parse(job), dataset.imageShape, 2);
}

function vectorsOf(network: Network) {
  return {
    parameters: new Float32Array(parameterLayout(network).length),
    buffers: new Float32Array(bufferLayout(network).length),
  };
}

function exported(network: Network) {
  const vectors = vectorsOf(network);
  loadWeights(goldenFile(network), 'golden', network, vectors);
  const checkpoint = {
    file: 'x',
    step: 7,
    seed: 1,
    fingerprint: 'a'.repeat(64),
    weightsDigest: 'b'.repeat(64),
    stateDigest: null,
    tensors: new Map(),
    metadata: {},
  };
  return { vectors, file: pytorchFile({ network, dataset, checkpoint, ...vectors }) };
}

describe('an export for PyTorch', () => {
  const network = networkOf({ channels: [2, 3], dense: 4, batchNorm: true });

  it('has the tensors that PyTorch itself would write, and its counters', () => {
    const { tensors } = readSafetensors(exported(network).file, 'export');
    const golden = readSafetensors(goldenFile(network), 'golden').tensors;
    expect([...tensors.keys()].toSorted()).toEqual([...golden.keys()].toSorted());
    for (const [name, { type, shape, bytes }] of tensors) {
      expect([type, shape], name).toEqual([golden.get(name)!.type, golden.get(name)!.shape]);
      if (type === 'F32') expect(Buffer.compare(bytes, golden.get(name)!.bytes), name).toBe(0);
      else expect(new BigInt64Array(Uint8Array.from(bytes).buffer)).toEqual(BigInt64Array.of(7n));
    }
  });

  it('comes back as it was with --weights', () => {
    const { vectors, file } = exported(network);
    const back = vectorsOf(network);
    loadWeights(file, 'export', network, back);
    expect(back).toEqual(vectors);
  });
});

describe('model.py', () => {
  it('says what the network is, statement by statement', () => {
    const network = networkOf({ channels: [2], dense: 4, batchNorm: true, pool: 'avg', dropout: 0.5, loss: 'sigmoid' });
    const text = pytorchModule(network, dataset);
    expect(text).toContain('CLASSES = ["cat","dog"]');
    expect(text).toContain('[n, 3, 12, 10], pixels / 255; one logit, that of the second class');
    expect(text).toContain('probabilities = logits.sigmoid()  # of CLASSES[1]; 1 minus that is that of CLASSES[0]');
    const several = pytorchModule(networkOf({ channels: [2], dense: 4 }), dataset);
    expect(several).toContain('probabilities = logits.softmax(1)  # in the order of CLASSES');
    const lines = text.split('\n').map((line) => line.trim());
    expect(lines.filter((line) => line.startsWith('self.add('))).toEqual([
      'self.add("conv1", nn.Conv2d(3, 2, 3, 1, 1, bias=False))',
      'self.add("bn1", nn.BatchNorm2d(2, eps=0.00001, momentum=0.1))',
      'self.add("fc1", nn.Linear(60, 4))',
      'self.add("fc2", nn.Linear(4, 1))',
    ]);
    expect(lines.filter((line) => /^(x\d+ =|return x)/.test(line))).toEqual([
      'x0 = layer("conv1")(images)',
      'x1 = layer("bn1")(x0)',
      'x2 = nn.ReLU()(x1)',
      'x3 = nn.functional.avg_pool2d(x2, 2, 2, 0)',
      'x4 = x3.flatten(1)',
      'x5 = layer("fc1")(x4)',
      'x6 = nn.ReLU()(x5)',
      'x7 = nn.functional.dropout(x6, 0.5, self.training)',
      'x8 = layer("fc2")(x7)',
      'return x8',
    ]);
  });

  it('adds shortcuts and averages over the image', () => {
    const text = pytorchModule(networkOf({ model: 'resnet18', activation: 'leaky_relu' }), dataset);
    expect(text).toContain('self.add("layer2.0.downsample.0", nn.Conv2d(64, 128, 1, 2, 0, bias=False))');
    expect(text).toMatch(/x\d+ = x\d+ \+ x\d+\n\s+x\d+ = nn.LeakyReLU\(0.01\)/);
    expect(text).toMatch(/x\d+ = x\d+.mean\(\(2, 3\)\)\n\s+x\d+ = layer\("fc"\)/);
  });

  it('adds nothing without shortcuts, and goes on from block to block', () => {
    const text = pytorchModule(networkOf({ model: 'resnet18', noSkip: true }), dataset);
    expect(text).not.toMatch(/downsample|x\d+ \+ x\d+/);
    expect(text).toMatch(
      /(x\d+) = layer\("layer1.0.bn2"\).*\n\s+(x\d+) = nn.ReLU\(\)\(\1\)\n.*layer\("layer1.1.conv1"\)\(\2\)/,
    );
  });
});
