import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { soak } from '../../scripts/soak/soak.mjs';

it('three runs to which a seeded schedule of faults is done come to the weights of the undisturbed one', async () => {
  const lines: string[] = [];
  const parallel = Math.max(1, Math.floor(availableParallelism() / 2));
  const { failed } = await soak({ schedules: 3, seed: 1, parallel, say: (line) => void lines.push(line) });
  expect(failed, lines.join('\n')).toEqual([]);
}, 900_000);
