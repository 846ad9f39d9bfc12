import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Canvas } from '../../../src/cli/picture/canvas.ts';
import { requireOwnPlace } from '../../../src/cli/picture/own-place.ts';
import { writePng } from '../../../src/cli/picture/png.ts';

it('a picture takes the place of none that somebody else made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gradsocket-place-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [own, cat] = [join(folder, 'seen.png'), join(folder, 'cat.png')];
  await requireOwnPlace('--grad-cam', null);
  await requireOwnPlace('--grad-cam', own);
  await writePng(new Canvas(8, 8, [0, 0, 0]), own);
  await requireOwnPlace('--grad-cam', own);
  await writeFile(cat, 'a cat');
  await expect(requireOwnPlace('--grad-cam', cat)).rejects.toMatchObject({
    exitCode: 64,
    message: `--grad-cam ${cat}: gradsocket did not write the file that is there, and it would be lost. Name another one.`,
  });
});
