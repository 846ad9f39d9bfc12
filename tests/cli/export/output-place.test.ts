import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { outputPlace } from '../../../src/cli/export/output-place.ts';
import { temporaryFolder } from '../../data/fixtures.ts';

it.each([
  ['onnx', 'models/pets.onnx', 'models', 'pets.onnx'],
  ['keras', 'pets.KERAS', '.', 'pets.KERAS'],
  ['safetensors', '/tmp/model.safetensors', '/tmp', 'model.safetensors'],
  ['onnx', 'models/v1.2', 'models/v1.2', null],
  ['onnx', 'model.onnx/', 'model.onnx/', null],
  ['tfjs', 'model', 'model', null],
] as const)('--format %s --output %s', async (format, output, folder, file) => {
  expect(await outputPlace(output, format)).toEqual({ folder, file });
});

it('a folder that is there is one, whatever its name', async () => {
  const output = join(await temporaryFolder(), 'model.onnx');
  await mkdir(output);
  expect(await outputPlace(output, 'onnx')).toEqual({ folder: output, file: null });
});

it.each([
  [
    'tfjs',
    'm/model.onnx',
    '--output m/model.onnx: --format tfjs writes weights.bin and model.json. Pass --format onnx for that file, or name the folder for them, such as m/model.',
  ],
  [
    'pytorch',
    'model.safetensors',
    '--output model.safetensors: --format pytorch writes model.safetensors and model.py. Name the folder for them, such as model.',
  ],
  [
    'keras',
    'model.h5',
    '--output model.h5: --format keras writes model.keras. Name a file that ends in .keras, or name the folder for it, such as model.',
  ],
  [
    'onnx',
    'model.keras',
    '--output model.keras: --format onnx writes model.onnx. Pass --format keras for that file, or name a file that ends in .onnx, or name the folder for it, such as model.',
  ],
] as const)('--format %s --output %s is refused', async (format, output, sentence) => {
  await expect(outputPlace(output, format)).rejects.toMatchObject({ exitCode: 64, message: sentence });
});
