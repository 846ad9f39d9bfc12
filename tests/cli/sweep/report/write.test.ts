import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { writeReport } from '../../../../src/cli/sweep/report/write.ts';
import { SweepFolder } from '../../../../src/cli/sweep/sweep-folder.ts';
import { finished } from '../results/results.ts';
import { gridOf } from '../settings.ts';

it('a report of a sweep says nowhere in which folders its author keeps things', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kim-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const grid = gridOf({ data: '/home/kim/pets', optimizer: 'sgd,adam' });
  const results = grid.cells.map((cell) => {
    const result = finished(cell, 0.5, 0.5);
    const sentence = `/home/kim/pets/cat.jpg and ${dir}/runs/${cell.id}/job.yaml are damaged.`;
    return { ...result, diagnosis: { ...result.diagnosis, sentence } };
  });
  const folder = new SweepFolder(dir);
  await writeReport(folder, { grid, results, command: 'npx gradsocket', workers: 1, cores: 1 });
  for (const file of [folder.reportFile, folder.tableFile]) {
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('launch --data pets');
    expect(text).toContain('pets/cat.jpg and');
    expect(text).not.toContain('/home/');
    expect(text).not.toContain(tmpdir() + '/');
  }
});
