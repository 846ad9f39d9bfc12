import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { safetensorsFile } from '../../../src/cli/export/safetensors.ts';
import { AVERAGE } from '../../../src/engine/optimizer/average.ts';
import { openModel } from '../../../src/cli/trained/model.ts';
import { datasetMetadata } from '../../../src/shared/checkpoint/dataset.ts';
import { readSafetensors } from '../../../src/shared/checkpoint/safetensors.ts';
import { encodeState } from '../../../src/shared/checkpoint/state.ts';
import { weightsDigest } from '../../../src/shared/checkpoint/weights-digest.ts';
import { bufferLayout, parameterLayout } from '../../../src/shared/network/layout.ts';
import { modelOf } from '../export/exported.ts';

const folder = mkdtempSync(join(tmpdir(), 'model '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('of a run with --ema the averaged weights are what is exported, too', async () => {
  const { network, dataset, parameters, buffers } = modelOf({ channels: [4], ema: 0.9 }, [8, 8, 3]);
  const layout = { parameters: parameterLayout(network), buffers: bufferLayout(network), optimizer: [AVERAGE] };
  const average = parameters.map((value) => value / 2);
  const vectors = { parameters, buffers, optimizer: new Map([[AVERAGE, average]]) };
  const position = { step: 3, seed: 1, fingerprint: 'a'.repeat(64) };
  mkdirSync(join(folder, 'checkpoints'));
  writeFileSync(join(folder, 'job.yaml'), 'channels: [4]\nema: 0.9\n');
  const file = join(folder, 'checkpoints', 'step-00000003.safetensors');
  writeFileSync(file, encodeState(layout, vectors, position, datasetMetadata(dataset)));

  const opened = await openModel(folder, 'newest');
  expect([...opened.parameters]).toEqual([...average]);
  const { tensors, metadata } = readSafetensors(safetensorsFile(opened), 'export');
  const [first] = layout.parameters.spans;
  const bytes = Buffer.from(average.buffer, 4 * first!.offset, 4 * first!.size).toString('hex');
  expect(Buffer.from(tensors.get(first!.name)!.bytes).toString('hex')).toBe(bytes);
  expect(metadata['weightsDigest']).toBe(weightsDigest(layout.parameters, average));
});
