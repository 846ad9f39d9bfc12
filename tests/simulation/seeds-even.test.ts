import { test } from 'vitest';
import { runSeeds } from './seeds.ts';

test('a thousand histories with faults come out as if nobody had disturbed them', { timeout: 300_000 }, () =>
  runSeeds(0, 1000),
);
