import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hideSecrets, secretOf, tokenOf } from '../../../src/cli/run/secrets.ts';

async function fileWith(content: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'gradsocket-secret-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'token');
  await writeFile(file, content);
  return file;
}

describe('a token', () => {
  it.each(['', '\n', '\r\n', '\n\n'])('comes from a file without the end %j', async (end) => {
    const tokenFile = await fileWith(`correct-horse${end}`);
    expect(await tokenOf({ token: null, tokenFile })).toBe('correct-horse');
  });

  it('is not wanted twice', async () => {
    const tokenFile = await fileWith('correct-horse');
    await expect(tokenOf({ token: 'another-horse', tokenFile })).rejects.toMatchObject({
      code: 'SECRET_TWICE',
      exitCode: 64,
      message: '--token and --token-file are both given: keep one of them.',
    });
  });

  it.each(['', '\n', '\ufeff\r\n'])('that is not there yet, as %j, is missed', async (content) => {
    const file = await fileWith(content);
    await expect(secretOf({ given: null, file, flag: '--token' })).rejects.toMatchObject({
      code: 'SECRET_FILE',
      message: `--token-file ${file} is empty: write the secret into it.`,
    });
  });

  it.each([
    ['/dev/zero', 'it is a device'],
    [tmpdir(), 'it is a folder'],
  ])('is not looked for in %s', async (file, why) => {
    await expect(secretOf({ given: null, file, flag: '--token' })).rejects.toMatchObject({
      code: 'SECRET_FILE',
      exitCode: 78,
      message: `--token-file ${file} cannot be read: ${why}.`,
    });
  });

  it.each(['correct horse battery', 'horse', 'correct-horse\nbattery'])(
    'that is none, as %j, is not shown',
    async (content) => {
      const file = await fileWith(content);
      const refused = await secretOf({ given: null, file, flag: '--view-token' }).catch((error: unknown) => error);
      expect(refused).toMatchObject({ code: 'SECRET_FILE', exitCode: 78 });
      expect((refused as Error).message).toMatch(/^--view-token-file .* expects 8 to 1024/);
      expect((refused as Error).message).not.toMatch(/horse|battery/);
    },
  );

  it('whose file is not there is missed by its name', async () => {
    await expect(tokenOf({ token: null, tokenFile: '/nowhere/token' })).rejects.toMatchObject({
      message: '--token-file /nowhere/token cannot be read: there is no such file.',
    });
  });

  it.each([['--token', 'correct-horse'], ['--token=correct-horse'], ['--view-token', 'correct-horse']])(
    'on the command line is hidden from lists of processes: %s',
    (...flags) => {
      const before = process.title;
      onTestFinished(() => {
        process.title = before;
      });
      hideSecrets(['worker', ...flags]);
      expect(process.title).toBe('gradsocket worker');
    },
  );

  it('in a file leaves the command line as it is', () => {
    const before = process.title;
    hideSecrets(['worker', '--token-file', 'f']);
    expect(process.title).toBe(before);
  });
});
