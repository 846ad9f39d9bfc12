import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Labelled, type LabelledOptions, openLabelled } from '../../../src/cli/trained/labelled.ts';
import { openModel } from '../../../src/cli/trained/model.ts';
import { begunRun, scratch, smallJob } from '../../coordinator/begun-run.ts';
import { folderOf, image, imagesIn } from '../../data/fixtures.ts';

const NOTHING: LabelledOptions = { data: null, split: null, badImages: null, maxPixels: null };

/** A run on two classes of ten images each, two of each held out. */
async function runOf(data: string): Promise<string> {
  const runDir = join(await scratch(), 'run');
  await begunRun(runDir, smallJob({ data }), 2);
  return runDir;
}

async function measured(runDir: string, options: Partial<LabelledOptions> = {}): Promise<Labelled> {
  return openLabelled(await openModel(runDir, 'newest'), { ...NOTHING, ...options });
}

function namesOf(labelled: Labelled): readonly string[] {
  return Array.from({ length: labelled.samples }, (_, index) => labelled.nameOf(index));
}

describe('what a model is measured on', () => {
  it('stays what its run held out, whatever is added', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 10));
    const runDir = await runOf(data);
    const before = await measured(runDir);
    expect(before).toMatchObject({ split: 'validation', samples: 4, leftOut: 16, notes: [] });
    await writeFile(join(data, 'cat', 'new.png'), await image(500));
    const after = await measured(runDir);
    expect(after).toMatchObject({ split: 'unseen', samples: 5, trainedOn: 0, leftOut: 16, added: 1 });
    expect(namesOf(after).filter((name) => name !== 'cat/new.png')).toEqual(namesOf(before));
    expect(namesOf(await measured(runDir, { split: 'validation' }))).toEqual(namesOf(before));
    expect(await measured(runDir, { split: 'train' })).toMatchObject({ samples: 16, trainedOn: 16 });
    // The same pictures elsewhere were trained on, too.
    const copy = join(await scratch(), 'copy');
    await cp(data, copy, { recursive: true });
    expect(await measured(runDir, { data: copy })).toMatchObject({ samples: 5, leftOut: 16 });
    expect(await measured(runDir, { data: copy, split: 'all' })).toMatchObject({ samples: 21, trainedOn: 16 });
  });

  it('cannot be known of a run that kept no samples, unless the data is the same', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 10));
    const runDir = await runOf(data);
    await rm(join(runDir, 'samples.json'));
    expect(await measured(runDir)).toMatchObject({ split: 'validation', samples: 4, notes: [] });
    await writeFile(join(data, 'cat', 'new.png'), await image(500));
    expect(await measured(runDir)).toMatchObject({
      trainedOn: null,
      notes: [expect.stringMatching(/cannot be known/)],
    });
  });

  it('may be of one class, of one picture, beside an empty class, and of classes that lie in val/ alone', async () => {
    const runDir = await runOf(await folderOf(await imagesIn(['cat', 'dog'], 10)));
    const [one, two] = [await image(600), await image(601)];
    const kinds: Record<string, Uint8Array>[] = [
      { 'dog/1.png': one },
      { 'dog/1.png': one, 'cat/': one },
      { 'cat/1.png': one, 'dog/1.png': two },
      { 'dog.1.png': one },
      { 'train/cat/1.png': one, 'val/dog/1.png': two },
    ];
    for (const files of kinds) {
      const found = await measured(runDir, { data: await folderOf(files) });
      expect(found.samples).toBe(Object.keys(files).filter((name) => !name.endsWith('/')).length);
      const last = found.samples - 1;
      expect([found.nameOf(last).includes('dog'), found.labelOf(last)]).toEqual([true, 1]);
      expect(await found.pixels(last)).toHaveLength(8 * 8 * 3);
    }
  });

  it('is refused with what to do: unknown classes, images without any, nothing left', async () => {
    const data = await folderOf(await imagesIn(['cat', 'dog'], 10));
    const runDir = await runOf(data);
    const unlabelled = await folderOf({ '1.png': await image(600), '2.png': await image(601) });
    await expect(measured(runDir, { data: unlabelled })).rejects.toMatchObject({
      code: 'DATA_UNLABELLED',
      message: expect.stringMatching(/gradsocket predict .* classifies them/),
    });
    const bird = await folderOf({ 'bird/1.png': await image(600) });
    await expect(measured(runDir, { data: bird })).rejects.toMatchObject({
      code: 'UNKNOWN_CLASS',
      message: expect.stringMatching(/was trained on cat, dog\.$/),
    });
    const otherwise = await folderOf({ 'Cats/1.png': await image(600) });
    await expect(measured(runDir, { data: otherwise })).rejects.toThrow('Rename it to cat, if that is the class.');
    const trained = await measured(runDir, { split: 'train' });
    const seen = join(await scratch(), 'seen');
    await mkdir(join(seen, 'cat'), { recursive: true });
    await cp(join(data, trained.nameOf(0)), join(seen, 'cat', '1.png'));
    await expect(measured(runDir, { data: seen })).rejects.toThrow(/was trained on all 1 of them.*--split all/);
  });

  it('is refused without advice for images without labels where there are labels, and something is wrong with them', async () => {
    const runDir = await runOf(await folderOf(await imagesIn(['cat', 'dog'], 10)));
    const [one, two] = [await image(600), await image(601)];
    const broken: Record<string, Uint8Array | string>[] = [
      { '1.png': one, '2.png': two, 'labels.csv': 'file,label\n1.png,cat\n1.png,dog\n2.png,dog\n' },
      { '1.png': one, '2.png': two, 'labels.csv': 'file,label\n1.png,cat\n' },
      { 'cat.1.png': one, 'photo.png': two },
      { 'train/cat/1.png': one, 'val/1.png': two },
      { 'readme.txt': 'hello' },
    ];
    for (const files of broken) {
      const error = await measured(runDir, { data: await folderOf(files) }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'DATA_LAYOUT', message: expect.not.stringContaining('gradsocket predict') });
    }
  });

  it('skips what cannot be decoded where that is asked for, whatever the run did', async () => {
    const runDir = await runOf(await folderOf(await imagesIn(['cat', 'dog'], 10)));
    const data = await folderOf({ 'cat/1.png': await image(600), 'cat/2.png': 'no image' });
    await expect(measured(runDir, { data })).rejects.toMatchObject({ code: 'BAD_IMAGE' });
    expect(await measured(runDir, { data, badImages: 'skip' })).toMatchObject({
      samples: 1,
      skipped: [{ file: 'cat/2.png' }],
    });
  });

  it('may be of as many pixels as the run allows, or whoever measures', async () => {
    const runDir = join(await scratch(), 'run');
    const small = await folderOf(await imagesIn(['cat', 'dog'], 10));
    await begunRun(runDir, smallJob({ data: small, maxPixels: 64 }), 2);
    const data = await folderOf({ 'cat/1.png': await image(600, { width: 9 }) });
    await expect(measured(runDir, { data })).rejects.toThrow(/more than 64 pixels; raise --max-pixels/);
    const more = await measured(runDir, { data, maxPixels: 72 });
    expect(await more.pixels(0)).toHaveLength(8 * 8 * 3);
  });

  it('is what the run held out whose checkpoint is named', async () => {
    const runDir = await runOf(await folderOf(await imagesIn(['cat', 'dog'], 10)));
    const files = await imagesIn(['other', 'cat', 'dog'], 10);
    const data = await folderOf(
      Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith('other'))),
    );
    const named = join(await runOf(data), 'checkpoints', 'step-00000002.safetensors');
    await writeFile(join(data, 'cat', 'new.png'), await image(500));
    const found = await openLabelled(await openModel(runDir, named), { ...NOTHING, data });
    expect(found).toMatchObject({ samples: 5, leftOut: 16 });
  });
});
