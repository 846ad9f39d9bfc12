import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { withClassWeightsRead, withOwnClassWeights } from '../../../src/cli/sweep/class-weights.ts';
import { expandGrid } from '../../../src/cli/sweep/grid/grid.ts';
import { standingOf } from '../../../src/cli/sweep/results/standing.ts';
import { recordOf } from './results/results.ts';
import { listed } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'class weights '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'weights.yaml');
writeFileSync(file, 'cat: 1\ndog: 2.5\n');
const CONTENT = '{"cat":1,"dog":2.5}';

it('a sweep keeps the class weights of a file as its runs do, and recognises them without it', async () => {
  const settings = await withClassWeightsRead(listed({ seed: ['1,2'], 'class-weights': [file] }));
  expect(settings.find(({ field }) => field.key === 'classWeights')?.values).toEqual([CONTENT]);
  const [cell] = await withOwnClassWeights(expandGrid(settings, 1).cells);
  expect(standingOf(recordOf(cell!, [0.9]), cell!.job, 'x')).toBe('done');
  expect(cell!.job.classWeights).toBe(CONTENT);
});

it('a run among several class weights is named after the file and has its content', async () => {
  const settings = listed({ 'class-weights': ['balanced', file] });
  expect(await withClassWeightsRead(settings)).toEqual(settings);
  const cells = await withOwnClassWeights(expandGrid(settings, 1).cells);
  expect(cells.map(({ job }) => job.classWeights)).toEqual(['balanced', CONTENT]);
  expect(cells[1]!.id).toContain('weights.yaml');
});
