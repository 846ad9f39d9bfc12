import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readTold } from '../../../src/coordinator/store/told.ts';

it('reads the newest failure and the number of classes out of the events of a log, and passes over the rest', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-told-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const file = join(dir, 'coordinator.log');
  expect(await readTold(file)).toEqual({ failure: null, classes: null });
  const lines = [
    { warning: 'No event.' },
    {
      time: '2026-01-01',
      event: { type: 'dataset', name: 'digits', train: 9, validation: 1, classes: 10, skipped: 0 },
    },
    { event: { type: 'failed', code: 'OLD', message: 'Before a resume.', exitCode: 75 } },
    { event: { type: 'warning', message: 'Something.' } },
    { event: { type: 'failed', code: 'NEW', message: 'The last word.', exitCode: 75 } },
  ];
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  expect(await readTold(file)).toEqual({ failure: { code: 'NEW', message: 'The last word.' }, classes: 10 });
});
