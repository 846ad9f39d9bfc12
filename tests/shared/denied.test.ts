import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { failureOf } from '../../src/cli/command/failure.ts';
import { asGradsocketError } from '../../src/coordinator/membership/outcome.ts';
import { denied } from '../../src/shared/denied.ts';
import { nodeDisk } from '../../src/shared/disk.ts';
import { failureOf as workerFailureOf } from '../../src/worker/report/failure.ts';

async function folderOfTest(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'gradsocket-denied-'));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

const system = (code: string, more: object) =>
  Object.assign(new Error(`${code}: said by the system`), { code, ...more });

it('what the system refuses of a path is a sentence that names it, wherever it comes up, and no bug', async () => {
  const dir = await folderOfTest();
  await symlink(join(dir, 'a'), join(dir, 'a'));
  const errors: readonly [unknown, RegExp][] = [
    [
      await thrownBy(nodeDisk.read(dir)),
      /gradsocket-denied-\w+ cannot be used: it is a folder, where a file is expected\.$/,
    ],
    [await thrownBy(nodeDisk.read(join(dir, 'a'))), /a cannot be used: its symbolic links lead in a circle\.$/],
    [
      system('EACCES', { path: '/runs/a', syscall: 'open' }),
      /^\/runs\/a cannot be used: this user may not\. Give it the right/,
    ],
    [system('ESTALE', { path: '/runs/a', syscall: 'read' }), /stale handle/],
  ];
  for (const [error, sentence] of errors) {
    const expected = { code: 'PATH_DENIED', exitCode: 74, message: expect.stringMatching(sentence) as string };
    expect(asGradsocketError(error)).toMatchObject(expected);
    expect(failureOf(error)).toMatchObject({ text: expected.message, exitCode: 74, detail: null });
    expect(workerFailureOf(error, (line) => expect(line).toBe(''))).toMatchObject(expected);
  }
});

it('a shell that stands in a folder which was removed is told to leave it', () => {
  expect(denied(system('ENOENT', { syscall: 'uv_cwd' }))).toMatchObject({ code: 'NO_FOLDER', exitCode: 74 });
});

it('other errors are what they are', () => {
  expect(denied(new Error('EACCES'))).toBeNull();
  expect(denied('EACCES')).toBeNull();
  expect(denied(system('EACCES', { address: '0.0.0.0', port: 80 }))).toBeNull();
  expect(denied(system('EACCES', { path: 'taskset', syscall: 'spawn taskset' }))).toBeNull();
  // Most often it was for us to make.
  expect(denied(system('ENOENT', { path: '/runs/a', syscall: 'open' }))).toBeNull();
});
