import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ownSession } from '../../../src/cli/run/own-session.ts';

it('a worker has a session of its own where cores are shared out by sessions, and where it would not stand still alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sessions '));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'enabled');
  const through = ['env', '--'];
  expect(ownSession(file, through)).toBeNull();
  await writeFile(file, '1\n');
  expect(ownSession(file, through)).toEqual(through);
  expect(ownSession(file, ['no such program'])).toBeNull();
  expect(ownSession(file, ['env', '--no-such-option'])).toBeNull();
  await writeFile(file, '0\n');
  expect(ownSession(file, through)).toBeNull();
});
