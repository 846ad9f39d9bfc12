import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { measure } from '../../scripts/bench/measurements.mjs';
import { rowsOf, SHORT } from '../../scripts/bench/rows.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-measurements-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('an interruption ends what is measured and what that has started, and nothing is begun after it', async () => {
  const [first, second] = [join(folder, 'first'), join(folder, 'second')];
  const shell = (key: string, script: string) => ({ key, program: 'sh', args: ['-c', script] }) as const;
  const interruption = new AbortController();
  // Whoever starts a process without end hears of its output until that ends, too: only then this is over.
  const specs = [shell('endless', `sleep 100000 & touch ${first}; wait`), shell('next', `touch ${second}`)];
  const measured = measure(specs, 2, null, interruption.signal);
  await vi.waitFor(() => expect(existsSync(first)).toBe(true), { timeout: 60_000 });
  interruption.abort();
  expect((await measured).all(specs[0]!)).toEqual([]);
  expect(existsSync(second)).toBe(false);
});

test('the short table has rows that there are', () => {
  const ids = rowsOf({ quick: true, bfloat16: false }).map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(SHORT));
});
