import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { InspectFile } from '../../../src/coordinator/store/inspect-file.ts';
import { inspectionsIn } from '../../../src/coordinator/progress/inspections.ts';
import { readLines } from '../../../src/coordinator/store/line-file.ts';
import { inspection, layer } from '../../cli/sweep/results/inspections.ts';

const TIME = '2026-01-01T00:00:00.000Z';

async function place(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-inspect-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'inspect.jsonl');
}

const options = {
  record: false,
  onTrouble: () => undefined,
  onError: (error: unknown) => {
    throw error;
  },
};

it('keeps a line for each look, and goes on behind those of steps that are on record', async () => {
  const path = await place();
  const file = await InspectFile.open(path, 0, options);
  for (const step of [1, 2, 50]) file.add(inspection({ step }), TIME);
  await file.close();
  expect(JSON.parse((await readFile(path, 'utf8')).split('\n')[0]!)).toMatchObject({ type: 'inspection', time: TIME });
  const again = await InspectFile.open(path, 40, options);
  expect(again.inspections.map(({ step }) => step)).toEqual([1, 2]);
  again.add(inspection({ step: 50 }), TIME);
  await again.rewind(2);
  again.add(inspection({ step: 4, layers: [layer('conv1', Number.NaN)] }), TIME);
  await again.close();
  const read = inspectionsIn(await readLines(path));
  expect(read.map(({ step }) => step)).toEqual([1, 2, 4]);
  // JSON has no word for it.
  expect(read.at(-1)!.layers[0]!.gradient.norm).toBeNaN();
});

it('lets a line take back what stands before it of later steps, as a crash may leave it', () => {
  const line = (step: number) => ({ type: 'inspection', time: TIME, ...inspection({ step }) });
  expect(inspectionsIn([line(1), line(50), { type: 'other' }, line(32)]).map(({ step }) => step)).toEqual([1, 32]);
});

it('holds no more than some hundred looks in memory, evenly, with the newest', async () => {
  const none = InspectFile.none();
  for (let step = 1; step <= 1000; step++) none.add(inspection({ step }), TIME);
  const steps = none.inspections.map(({ step }) => step);
  expect(steps.length).toBeLessThanOrEqual(400);
  expect(steps.at(-1)).toBe(1000);
  expect(steps[0]).toBeLessThan(20);
});
