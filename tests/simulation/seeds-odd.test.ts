import { test } from 'vitest';
import { runSeeds } from './seeds.ts';

test('a thousand other histories do, too', { timeout: 1_800_000 }, () => runSeeds(1, 1000));
