import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { mendMetrics } from '../../../src/coordinator/store/mend-metrics.ts';
import { nodeDisk } from '../../../src/shared/disk.ts';

const line = (step: number): string =>
  JSON.stringify({
    ...{ type: 'step', time: '2026-01-01T00:00:00.000Z', step, epoch: 0, loss: 1, accuracy: 0.5, samples: 8 },
    ...{ learningRate: 0.1, gradientNorm: 1, imagesPerSecond: 1, seconds: 1 },
  });

async function fileOf(...lines: readonly string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-metrics-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, 'metrics.jsonl');
  await writeFile(path, lines.map((text) => `${text}\n`).join(''));
  return path;
}

it('takes out a line that is none where more is whole behind it, and keeps the file as it was', async () => {
  const path = await fileOf(line(1), line(2).slice(3), line(3));
  const before = await readFile(path, 'utf8');
  const { lines, mended } = await mendMetrics(path, 3, nodeDisk);
  expect(lines).toEqual([1, 3].map((step) => JSON.parse(line(step)) as unknown));
  expect(mended).toBe(
    `${path} is damaged in line 2. It is kept as metrics.damaged-1.jsonl; what is whole of it stays.`,
  );
  expect(await readFile(path, 'utf8')).toBe(`${line(1)}\n${line(3)}\n`);
  expect(await readFile(join(path, '..', 'metrics.damaged-1.jsonl'), 'utf8')).toBe(before);
});

it.each([
  ['what came after the checkpoint, and a crash may have torn', [line(1), line(2), 'torn', line(4)], 2],
  ['a last line that was torn', [line(1), '{"type"'], 2],
  ['what is whole', [line(1), line(2)], 2],
])('leaves as it is %s', async (_, lines, step) => {
  const path = await fileOf(...lines);
  const before = await readFile(path, 'utf8');
  if (lines.at(-1) === '{"type"') await writeFile(path, before.slice(0, -1));
  expect((await mendMetrics(path, step, nodeDisk)).mended).toBeNull();
  expect(await readdir(join(path, '..'))).toEqual(['metrics.jsonl']);
});
