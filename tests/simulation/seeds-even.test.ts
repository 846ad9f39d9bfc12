import { test } from 'vitest';
import { runSeeds } from './seeds.ts';

test('a thousand histories with faults come out as if nobody had disturbed them', { timeout: 1_800_000 }, () =>
  runSeeds(0, 1000),
);
