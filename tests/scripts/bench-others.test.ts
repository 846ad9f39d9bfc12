import { expect, test } from 'vitest';
import { aboutOthers, makeLoad } from '../../scripts/bench/others.mjs';

test('a figure is called worthless where other programs took a good part of a core, and steal is named', () => {
  expect(aboutOthers([])).toBe('');
  expect(aboutOthers([{ busy: 0.1, stolen: 0.01 }])).toBe('');
  expect(
    aboutOthers([
      { busy: 0.1, stolen: 0 },
      { busy: 1.25, stolen: 0.034 },
    ]),
  ).toMatch(/^worthless: other programs took 1\.[23] of \d+ cores; the host took 0\.03 of a core$/);
});

test('a load is gone once it is taken away', async () => {
  const unload = makeLoad(1);
  await unload();
  await makeLoad(0)();
});
