import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withPinnedWeights } from '../../../src/cli/sweep/pinned-weights.ts';
import { standingOf } from '../../../src/cli/sweep/results/standing.ts';
import { recordOf } from './results/results.ts';
import { gridOf } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'pinned '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'w.safetensors');
const sha256 = createHash('sha256').update('weights').digest('hex');

it('a run of a sweep with weights is recognised by the digest of the file, also once that is gone', async () => {
  const { cells } = gridOf({ seed: '1,2', weights: file });
  writeFileSync(file, 'weights');
  const pinned = await withPinnedWeights(cells);
  expect(pinned.map(({ job }) => job.weightsSha256)).toEqual([sha256, sha256]);
  // Written down by the run when it began.
  const record = recordOf(pinned[0]!, [0.9]);
  expect(standingOf(record, pinned[0]!.job, 'x')).toBe('done');
  expect(standingOf(record, { ...pinned[0]!.job, epochs: 30 }, 'x')).toBe('begun');

  writeFileSync(file, 'others');
  const [other] = await withPinnedWeights(cells);
  expect(() => standingOf(record, other!.job, 'x')).toThrow(`--weights-sha256 ${sha256}`);

  rmSync(file);
  const [gone] = await withPinnedWeights(cells);
  expect(gone!.job.weightsSha256).toBeNull();
  expect(standingOf(record, gone!.job, 'x')).toBe('done');
});
