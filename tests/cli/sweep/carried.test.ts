import { expect, it } from 'vitest';
import { carried } from '../../../src/cli/sweep/carried.ts';
import { parseConfig } from '../../../src/shared/job/config.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const fields = fieldsOf(jobSchema);

function kept(text: string, weights: readonly unknown[] = [null]): readonly string[] {
  const config = parseConfig(text, 'job.yaml', fields);
  const { values } = carried(config, fields, weights, {});
  return fields.filter(({ key }) => values.has(key)).map(({ name }) => name);
}

it('what follows from the one optimiser of a file is not carried to others', () => {
  expect(kept('optimizer: sgd\nlr: 0.03\nmomentum: 0.9\nbatch: 8')).toEqual(['optimizer', 'batch']);
  expect(kept('optimizer: sgd\nlr: 0.02\nmomentum: 0.9')).toEqual(['optimizer', 'lr']);
});

it('in a file that compares optimisers, what is the default of one of them is meant for all', () => {
  expect(kept('optimizer: [sgd, adam]\nlr: 0.03')).toEqual(['optimizer', 'lr']);
  expect(kept('optimizer: [adam, rmsprop]\nlr: 0.001')).toEqual(['optimizer']);
  expect(kept('optimizer: sgd\nlr: [0.03, 0.1]')).toEqual(['optimizer', 'lr']);
});

it('the digest of weights stays with these weights', () => {
  const text = `weights: /a.safetensors\nweights-sha256: ${'a'.repeat(64)}`;
  expect(kept(text, ['/a.safetensors'])).toEqual(['weights', 'weights-sha256']);
  expect(kept(text, ['/a.safetensors', '/b.safetensors'])).toEqual(['weights']);
});
