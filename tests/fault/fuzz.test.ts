import { expect, it } from 'vitest';
import { fuzz } from '../../scripts/fuzz/fuzz.mjs';

it('20,000 random and mutated frames at the sockets of a run crash nothing, and leave its weights and memory alone', async () => {
  const { wrong, memory, answers } = await fuzz({ frames: 20_000, seed: 1, say: () => undefined });
  expect(wrong).toBeNull();
  // Some were turned away, each in its way.
  expect(Object.keys(answers)).toEqual(expect.arrayContaining(['404', 'close 1002', 'close 4000', 'close 4001']));
  for (const [name, begun] of Object.entries(memory[0]!.memory)) {
    expect(memory.at(-1).memory[name]! - begun, name).toBeLessThan(80);
  }
});
