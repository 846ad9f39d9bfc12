import { expect, it } from 'vitest';
import { summaryOf } from '../../../src/cli/model/layers.ts';
import { modelLines } from '../../../src/cli/ui/model-table.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { buildNetwork } from '../../../src/shared/network/build.ts';

it('a network is a table of layers, shapes and parameters, and what they add up to', () => {
  const job = jobSchema.parse({ channels: [32], dense: 64, batchNorm: true, dropout: 0.5, freeze: 'conv1,bn1' });
  expect(modelLines(summaryOf(buildNetwork(job, [9, 8, 3], 10))).join('\n')).toMatchInlineSnapshot(`
    "cnn for images of 9x8x3, 10 classes

    layer    kind                    output  parameters
    conv1    conv 3x3, no bias       9x8x32         864  frozen
    bn1      batch norm              9x8x32          64  frozen
    act1     relu                    9x8x32
    pool1    max pool 2x2, stride 2  4x4x32
    flatten  flatten                 512
    fc1      dense                   64          32,832
    fc1.act  relu                    64
    dropout  dropout 0.5             64
    fc2      dense                   10             650

    parameters  34,410 (0.1 MiB in float32)
    trained     33,482, 928 are frozen
    statistics  64 running means and variances"
  `);
});

it('ResNet-18 has the numbers of parameters that it is known for', () => {
  const small = summaryOf(buildNetwork(jobSchema.parse({ model: 'resnet18' }), [32, 32, 3], 10));
  const large = summaryOf(buildNetwork(jobSchema.parse({ model: 'resnet18' }), [224, 224, 3], 1000));
  expect([small.parameters, large.parameters]).toEqual([11_173_962, 11_689_512]);
  const rows = large.layers.reduce((sum, { parameters }) => sum + parameters, 0);
  expect(rows).toBe(large.parameters);
  expect(large.buffers).toBe(9_600);
});
