import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGivenFile, readGivenStream, readGivenText } from '../../src/shared/given-file.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const server = createServer();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradsocket-given-'));
  await mkdir(at('folder'));
  await writeFile(at('text'), 'epochs: 3\n');
  await writeFile(at('marked'), '\ufeffepochs: 3\r\n');
  await writeFile(at('utf16'), Buffer.from('\ufeffepochs: 3\n', 'utf16le'));
  await writeFile(at('latin1'), Buffer.from('name: Z\xfcrich\n', 'latin1'));
  await writeFile(at('empty'), '');
  await writeFile(at('long'), '');
  await truncate(at('long'), 2e12);
  await writeFile(at('locked'), 'secret');
  await chmod(at('locked'), 0);
  await symlink(at('loop'), at('loop'));
  execFileSync('mkfifo', [at('pipe')]);
  await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('of a file that somebody named, the sentence says why it cannot be read', () => {
  it.each([
    ['nothing', 'there is no such file'],
    ['text/below', 'there is no such file: a part of its path is a file'],
    ['folder', 'it is a folder'],
    ['socket', 'it is a socket, or a device that is not there'],
    ['loop', 'its links go round in circles'],
    ['long', 'it has 2000000.0 MB, and 100 bytes is the most that is read'],
    ['pipe', 'it is a pipe, and nobody wrote into it in 0.05 s'],
    ['n'.repeat(300), 'its name is too long for this system'],
    ['zero\0byte', 'no file has such a name'],
  ])('%s', async (name, reason) => {
    await expect(readGivenFile(at(name), 100, 50)).rejects.toMatchObject({ name: 'UnreadableFile', reason });
  });

  it.each(['/dev/zero', '/dev/null', '/dev/tty', '/dev/random'])('%s', async (device) => {
    await expect(readGivenFile(device, 100)).rejects.toMatchObject({
      name: 'UnreadableFile',
      reason: expect.stringMatching(/^it is a (device|socket, or a device that is not there)$/) as string,
    });
  });

  it('of another user', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root may read everything');
    await expect(readGivenFile(at('locked'), 100)).rejects.toMatchObject({ reason: 'this user may not read it' });
  });

  it.each([
    ['utf16', /^it is UTF-16/],
    ['latin1', /^it is no text in UTF-8$/],
  ])('as a text: %s', async (name, reason) => {
    await expect(readGivenText(at(name))).rejects.toMatchObject({ reason: expect.stringMatching(reason) as string });
  });
});

it.each([
  ['text', 'epochs: 3\n'],
  ['marked', 'epochs: 3\r\n'],
  ['empty', ''],
])('reads %s', async (name, text) => {
  expect(await readGivenText(at(name))).toBe(text);
});

it('reads files of the system that say they are empty', async () => {
  expect(await readGivenText('/proc/self/status')).toMatch(/^Name:/);
});

it('waits for whoever writes into a pipe, and takes all of it', async () => {
  const read = readGivenText(at('pipe'));
  const writer = createWriteStream(at('pipe'));
  await new Promise<void>((resolve) => writer.write('correct-', () => resolve()));
  await new Promise<void>((resolve) => writer.end('horse', () => resolve()));
  expect(await read).toBe('correct-horse');
});

it('reads no more of a pipe or a stream than was meant to be in it', async () => {
  const writer = createWriteStream(at('pipe')).on('error', () => undefined);
  writer.write(Buffer.alloc(2 ** 20));
  await expect(readGivenFile(at('pipe'), 1000)).rejects.toMatchObject({
    reason: 'it has no end in sight, and 1000 bytes is the most that is read',
  });
  writer.destroy();
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(100);
    })(),
  );
  await expect(readGivenStream(endless, 1000)).rejects.toMatchObject({ name: 'UnreadableFile' });
});
