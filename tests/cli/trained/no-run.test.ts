import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { noRun } from '../../../src/cli/trained/no-run.ts';

it('says of what is no folder of a run what it is, and what to name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gradsocket-no-run-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const runs = join(folder, 'runs');
  for (const [index, name] of ['newer', 'older'].entries()) {
    await mkdir(join(runs, name), { recursive: true });
    await writeFile(join(runs, name, 'job.yaml'), '');
    await utimes(join(runs, name, 'job.yaml'), 0, 100 - index);
  }
  await mkdir(join(folder, 'other'));
  await writeFile(join(folder, 'cat.jpg'), '');
  const said = (name: string): string => noRun(join(folder, name)).message.slice(join(folder, name).length);
  expect(said('runs')).toBe(
    ` is no folder of a run: runs lie in it. Name the folder that --run-dir named, such as ${join(runs, 'newer')}.`,
  );
  expect(said('cat.jpg')).toMatch(/: it is a file, and the run comes first\. Name the folder/);
  expect(said('other')).toMatch(/: there is no job\.yaml\. Name the folder/);
  expect(said('run')).toMatch(/: there is none \(did you mean .*runs\?\)\. Name the folder/);
  expect(noRun(folder)).toMatchObject({ code: 'NO_RUN', exitCode: 64 });
});
