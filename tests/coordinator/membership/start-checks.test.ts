import { expect, it } from 'vitest';
import { brokenEngines } from '../../../src/coordinator/membership/start-checks.ts';

const worker = (name: string, broken?: string): Parameters<typeof brokenEngines>[0][number] => ({
  name,
  state: {
    name: 'ready',
    ready: {
      step: 0,
      weightsDigest: '0'.repeat(64),
      engine: 'wasm',
      device: 'CPU',
      threads: 1,
      ...(broken === undefined ? {} : { broken }),
    },
  },
});

it('says nothing where no worker has an engine that is broken', () => {
  expect(brokenEngines([worker('w0'), { name: 'w1', state: { name: 'preparing' } }])).toEqual([]);
});

it('names the workers that train on another engine because theirs is broken, each reason once', () => {
  expect(brokenEngines([worker('w0', 'It is cut short.'), worker('w1'), worker('w2', 'It is cut short.')])).toEqual([
    'w0, w2 train on wasm. It is cut short.',
  ]);
  expect(brokenEngines([worker('w0', 'A.'), worker('w1', 'B.')])).toEqual([
    'w0 trains on wasm. A.',
    'w1 trains on wasm. B.',
  ]);
});
