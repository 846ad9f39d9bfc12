import { describe, expect, it } from 'vitest';
import { datasetMetadata } from '../../../src/shared/checkpoint/dataset.ts';
import { writeSafetensors } from '../../../src/shared/checkpoint/safetensors.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import type { DatasetDescription } from '../../../src/shared/protocol/shared.ts';
import { type PreparedBy, preparedFor } from '../../../src/engine/weights/preparation.ts';

const FILE = 'w.safetensors';
const IMAGENET = { interpolation: 'bilinear', colourProfile: 'ignore', normalise: 'imagenet' } as const;
const AS_ALWAYS = { resize: null, interpolation: null, colourProfile: null, normalise: null };

function file(conv1: readonly number[], metadata: Record<string, string> = {}, name = 'conv1.weight'): Uint8Array {
  const tensor = (of: string, shape: readonly number[]) => {
    const bytes = new Uint8Array(4 * shape.reduce((product, n) => product * n, 1));
    return { name: of, type: 'F32', shape, bytes } as const;
  };
  return writeSafetensors([tensor('layer1.0.conv1.weight', [2, 2, 3, 3]), tensor(name, conv1)], metadata);
}

function prepared(bytes: Uint8Array, asked: Partial<PreparedBy> = {}) {
  return preparedFor(bytes, FILE, { ...jobSchema.parse({}), ...asked });
}

describe("torchvision's ResNet has its images", () => {
  const torchvision = file([64, 3, 7, 7]);

  it('in three channels, at 224 of 256, normalised as ImageNet, and it is said', () => {
    const { preprocessing, notice } = prepared(torchvision);
    expect(preprocessing).toEqual({ colour: 'rgb', resize: '256:224', ...IMAGENET });
    expect(notice).toBe(
      'Images are prepared as those that w.safetensors was trained on: --resize 256:224 --interpolation bilinear ' +
        '--color-profile ignore --normalize imagenet. These flags say otherwise.',
    );
  });

  it('in proportion to --image-size', () => {
    expect(prepared(torchvision, { imageSize: 160 }).preprocessing.resize).toBe('183:160');
    expect(prepared(torchvision, { imageSize: 96 }).preprocessing.resize).toBe('110:96');
  });

  it('as the user says where the user does', () => {
    const said = { resize: 'cover', normalise: 'dataset' };
    const { preprocessing, notice } = prepared(torchvision, said);
    expect(preprocessing).toEqual({ colour: 'rgb', ...IMAGENET, ...said });
    expect(notice).toContain('--interpolation bilinear --color-profile ignore.');
    const all = { ...said, interpolation: 'lanczos', colourProfile: 'apply', colour: 'gray' } as const;
    expect(prepared(torchvision, all).preprocessing).toEqual(all);
  });

  it('otherwise where another run said so, whose job.yaml is the --config of this one, and that is told', () => {
    const former = { ...IMAGENET, resize: '256:224', normalise: '0.123456789,0.2' } as const;
    expect(prepared(torchvision, former)).toEqual({
      preprocessing: { colour: 'rgb', ...former },
      notice:
        'Not as those that w.safetensors was trained on, but as asked: --normalize 0.1234,0.2 (there imagenet). ' +
        'Leave a setting out to have it as there.',
    });
    expect(prepared(torchvision, { ...former, normalise: 'imagenet' }).notice).toBeNull();
  });

  it('also where something wrapped its names', () => {
    expect(prepared(file([64, 3, 7, 7], {}, 'module.conv1.weight')).preprocessing.normalise).toBe('imagenet');
  });
});

it('other files decide at most the channels', () => {
  expect(prepared(file([64, 3, 3, 3]))).toEqual({ preprocessing: { colour: 'rgb', ...AS_ALWAYS }, notice: null });
  expect(prepared(file([64, 1, 7, 7]))).toEqual({ preprocessing: { colour: 'auto', ...AS_ALWAYS }, notice: null });
});

describe('what we wrote says itself what it was trained on:', () => {
  const dataset: DatasetDescription = {
    name: 'pets',
    digest: '0'.repeat(64),
    classes: ['cat', 'dog'],
    imageShape: [48, 48, 3],
    encoding: 'image',
    trainSamples: 8,
    validationSamples: 2,
    mean: [0.123456789, 0.2, 0.3],
    deviation: [0.4, 0.5, 0.6],
  };
  const layout = { layout: 'NHWC images, HWIO filters, [in, out] dense weights' };
  const normalise = '0.123456789,0.2,0.3,0.4,0.5,0.6';

  it('mean and deviation', () => {
    const { preprocessing, notice } = prepared(file([7, 7, 3, 64], { ...layout, ...datasetMetadata(dataset) }));
    expect(preprocessing).toEqual({ colour: 'rgb', ...AS_ALWAYS, normalise });
    expect(notice).toContain('--normalize 0.1234,0.2,0.3,0.4,0.5,0.6.');
  });

  it('and how images were resized, at the size that they have now', () => {
    const decoding = { resize: 64, interpolation: 'bicubic', colourProfile: 'apply' } as const;
    const bytes = file([7, 7, 3, 64], { ...layout, ...datasetMetadata({ ...dataset, decoding }) });
    const same = { colour: 'rgb', interpolation: 'bicubic', colourProfile: 'apply', normalise };
    expect(prepared(bytes).preprocessing).toEqual({ ...same, resize: '64:48' });
    expect(prepared(bytes, { imageSize: 96 }).preprocessing).toEqual({ ...same, resize: '128:96' });
  });

  it("in PyTorch's layout, too", () => {
    const { mean, deviation, imageShape } = dataset;
    const texts = Object.entries({ mean, deviation, imageShape }).map(([name, value]) => [name, JSON.stringify(value)]);
    const bytes = file([64, 3, 7, 7], { format: 'pt', ...Object.fromEntries(texts) });
    expect(prepared(bytes).preprocessing).toEqual({ colour: 'rgb', ...AS_ALWAYS, normalise });
  });
});
