import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { Canvas } from '../../../src/cli/picture/canvas.ts';
import { writePng } from '../../../src/cli/picture/png.ts';
import { replacedIn } from '../../../src/shared/shell-word.ts';
import { findCandidates } from '../../../src/data/layouts/layout.ts';
import { cifarFile, folderOf, idxPair } from '../fixtures.ts';

/** Enough to be an image as far as finding goes. */
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const BMP = Buffer.from('BM\x36\x24\0\0\0\0\0\0\x36\0\0\0', 'latin1');

/** Images, by their paths. Names that are no image's are text. */
async function folderWith(...paths: readonly string[]): Promise<string> {
  return folderOf(
    Object.fromEntries(paths.map((path) => [path, /\.(?:txt|csv|xml|json|yaml|jsonl|bin)$/.test(path) ? 'x' : JPEG])),
  );
}

/** `class: files` of each part, as a person would write it down. */
async function found(folder: string) {
  const candidates = await findCandidates(folder, tmpdir());
  const { classes, samples, notices } = candidates;
  const files: Record<string, string[]> = {};
  for (const [index, { label, split }] of samples.entries()) {
    const key = split === null ? classes[label]! : `${split} ${classes[label]}`;
    (files[key] ??= []).push(candidates.nameOf(index));
  }
  return { files, notices: notices.map((notice) => replacedIn(notice, folder, 'DATA')) };
}

async function refused(folder: string): Promise<string> {
  const error: unknown = await findCandidates(folder, tmpdir()).then(
    ({ untrainable }) => untrainable,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ exitCode: 65 });
  return replacedIn((error as Error).message, folder, 'DATA');
}

const inside = (folders: readonly string[], ...names: readonly string[]): string[] =>
  folders.flatMap((folder) => names.map((name) => `${folder}/${name}`));

describe('what lies beside train/', () => {
  test('that may be classes as well as not is a question, and nothing is left out unsaid', async () => {
    const data = await folderWith(...inside(['bus', 'car', 'train'], 'web/1.jpg', 'own/2.jpg'));
    const sentence = await refused(data);
    expect(sentence).toContain('DATA holds train/ beside bus/, car/');
    expect(sentence).toContain('the classes are own, web and 4 images beside train/ would be left out');
    expect(sentence).toContain('or the classes are bus, car, train');
    expect(sentence).toContain('pass DATA/train as the data');
  });

  test('are classes where train/ holds images of one kind, at whatever depth', async () => {
    const plain = await found(await folderWith('bus/web/1.jpg', 'car/1.jpg', 'train/1.jpg'));
    expect(Object.keys(plain.files)).toEqual(['bus', 'car', 'train']);
    const nested = await found(await folderWith(...inside(['bus', 'car', 'train'], 'web/1.jpg', 'web/2.jpg')));
    expect(nested.files['train']).toEqual(['train/web/1.jpg', 'train/web/2.jpg']);
    expect(nested.notices.join()).toContain(
      '3 classes have images in folders further down, such as DATA/bus/web/1.jpg',
    );
    const flat = await found(await folderWith('bus/bus.1.jpg', 'train/train.1.jpg', 'train/train.2.jpg'));
    expect(Object.keys(flat.files)).toEqual(['bus', 'train']);
  });

  test('and says by its name what it is, is named where its images are not used', async () => {
    const data = await folderWith(
      ...inside(['train/a', 'train/b', 'samples'], '1.jpg'),
      'annotations/1.xml',
      'cover.png',
    );
    const { files, notices } = await found(data);
    expect(files).toEqual({ a: ['train/a/1.jpg'], b: ['train/b/1.jpg'] });
    expect(notices).toEqual([
      'DATA/samples/ is neither for training nor for validation: its image is not used.',
      '1 image lies in DATA beside train/ and what belongs to it and is not used: cover.png.',
    ]);
  });

  test('and beside val/ is named, whatever its name', async () => {
    const data = await folderWith(...inside(['train/a', 'train/b', 'val/a', 'backup/a'], '1.jpg', '2.jpg'));
    const { files, notices } = await found(data);
    expect(Object.keys(files)).toEqual(['train a', 'train b', 'validation a']);
    expect(notices).toEqual(['DATA/backup/ is neither for training nor for validation: its 2 images are not used.']);
  });

  test('val/ validates where there is test/ too, which is said with what it is for', async () => {
    const parts = inside(['train', 'valid', 'test'], 'a/1.jpg', 'b/1.jpg');
    const { files, notices } = await found(await folderWith(...parts));
    expect(files['validation a']).toEqual(['valid/a/1.jpg']);
    expect(notices).toEqual([
      'DATA/test/ is not used, for valid/ is for validation. `gradsocket eval RUN --data DATA/test` measures it after training.',
    ]);
  });

  test.each([
    ['without labels', ['test/1.jpg', 'test/2.jpg']],
    ['in one folder that is no class', ['test/unknown/1.jpg', 'test/unknown/2.jpg']],
  ])('test/ %s leaves the split to the seed, and predict to the test', async (_, unlabelled) => {
    const data = await folderWith('train/cat.0.jpg', 'train/dog.0.jpg', ...unlabelled, 'sampleSubmission.csv');
    const { files, notices } = await found(data);
    expect(files).toEqual({ cat: ['train/cat.0.jpg'], dog: ['train/dog.0.jpg'] });
    expect(notices).toEqual([
      'DATA/test/ says no classes, neither by folders nor by names like cat.12.jpg: its 2 images are not used. `gradsocket predict RUN DATA/test` classifies them after training.',
    ]);
  });

  test.each([
    ['Train', 'Test'],
    ['TRAIN', 'VAL'],
    ['Training', 'Testing'],
    ['training_set', 'test_set'],
    ['seg_train/seg_train', 'seg_test/seg_test'],
    ['train_images', 'validation-images'],
    ['asl_alphabet_train/asl_alphabet_train', 'asl_alphabet_test/asl_alphabet_test'],
    ['train/images', 'valid/images'],
    ['trn', 'tst'],
    ['train', 'holdout'],
    ['fit', 'val'],
    ['learn', 'test'],
  ])('%s and %s are parts, too', async (train, validation) => {
    const { files } = await found(await folderWith(...inside([train, validation], 'a/1.jpg', 'b/1.jpg')));
    expect(files).toEqual({
      'train a': [`${train}/a/1.jpg`],
      'train b': [`${train}/b/1.jpg`],
      'validation a': [`${validation}/a/1.jpg`],
      'validation b': [`${validation}/b/1.jpg`],
    });
  });
});

test.each([
  ['val/1.jpg', ''],
  ['val/ILSVRC2012_val_00000001.jpg', " (for ImageNet's, valprep.sh does that)"],
])('val/ without classes is neither measured nor passed over: %s', async (image, script) => {
  expect(await refused(await folderWith('train/a/1.jpg', 'train/b/1.jpg', image))).toBe(
    `DATA/val/ says no classes, neither by folders nor by names like cat.12.jpg. Put its images into folders of their classes${script}, or move val/ elsewhere: then some of train/ are held out.`,
  );
});

test("Tiny ImageNet's validation images have their classes from the list beside them", async () => {
  const data = await folderOf({
    'train/n01/images/n01_0.JPEG': JPEG,
    'train/n01/n01_boxes.txt': 'n01_0.JPEG\t0\t0\t62\t62',
    'train/n02/images/n02_0.JPEG': JPEG,
    'val/images/val_0.JPEG': JPEG,
    'val/images/val_1.JPEG': JPEG,
    'val/val_annotations.txt': 'val_0.JPEG\tn02\t0\t32\t44\t62\nval_1.JPEG\tn01\t52\t55\t57\t59\n',
    'test/images/test_0.JPEG': JPEG,
    'wnids.txt': 'n01\nn02\n',
  });
  const { files, notices } = await found(data);
  expect(files['validation n01']).toEqual(['val/images/val_1.JPEG']);
  expect(files['validation n02']).toEqual(['val/images/val_0.JPEG']);
  expect(notices.join()).toContain('DATA/test/ says no classes');
  // Not the list itself.
  expect(notices.join()).toContain('1 file among the images is none and was passed over in DATA: train/n01/n01_boxes');
  await writeFile(join(data, 'val', 'val_annotations.txt'), 'val_0.JPEG\tn02\n');
  expect(await refused(data)).toBe(
    'DATA/val/images/val_1.JPEG has no class: DATA/val/val_annotations.txt does not list it. Add it there.',
  );
});

describe('without train/', () => {
  test('test/ and val/ alone are no classes', async () => {
    expect(await refused(await folderWith(...inside(['test', 'val'], 'a/1.jpg', 'b/1.jpg')))).toBe(
      'DATA holds test/, val/ but no train/. Add train/, or pass DATA/test as the data to train on that.',
    );
    expect(await refused(await folderWith(...inside(['test'], 'a/1.jpg', 'b/1.jpg')))).toContain('but no train/');
  });

  test('test may be a class among others, which is said', async () => {
    const { files, notices } = await found(await folderWith('control/1.jpg', 'test/1.jpg'));
    expect(Object.keys(files)).toEqual(['control', 'test']);
    expect(notices).toEqual(['DATA/test/ is taken for a class, like what lies beside it.']);
  });

  test.each([
    ['rps', 'rps-test-set'],
    ['horse-or-human', 'validation-horse-or-human'],
  ])('%s is trained on where %s holds the same classes, which is said', async (train, measured) => {
    const { files, notices } = await found(await folderWith(...inside([train, measured], 'a/1.jpg', 'b/1.jpg')));
    expect(Object.keys(files)).toEqual(['train a', 'train b', 'validation a', 'validation b']);
    expect(notices).toEqual([`DATA/${train}/ is trained on, by the names of what lies beside it.`]);
  });

  test('pregnancy beside pregnancy_test is a class', async () => {
    const { files } = await found(await folderWith('pregnancy/1.jpg', 'pregnancy_test/1.jpg'));
    expect(Object.keys(files)).toEqual(['pregnancy', 'pregnancy_test']);
  });

  test('classes that hold the same folders may be meant the other way round, which is said', async () => {
    const folds = await found(await folderWith(...inside(['fold1', 'fold2'], 'a/1.jpg', 'b/1.jpg')));
    expect(Object.keys(folds.files)).toEqual(['fold1', 'fold2']);
    expect(folds.notices.join()).toContain('If the classes are a, b, pass one of the folders, such as DATA/fold1.');
    const inverted = await found(await folderWith(...inside(['cat', 'dog'], 'train/1.jpg', 'val/1.jpg')));
    expect(inverted.notices.join()).toContain(
      'train/ and val/ in there are no split: put them outside, train/cat/ and val/cat/.',
    );
  });

  test('bullet_train beside ship is a class', async () => {
    const { files, notices } = await found(await folderWith('bullet_train/1.jpg', 'ship/1.jpg', 'test tube/1.jpg'));
    expect(Object.keys(files)).toEqual(['bullet_train', 'ship', 'test tube']);
    expect(notices).toEqual([]);
  });

  test('a folder that repeats the classes beside it is no class', async () => {
    const sentence = await refused(await folderWith(...inside(['cat', 'dog', 'test/cat', 'test/dog'], '1.jpg')));
    expect(sentence).toContain('DATA/test holds cat/, dog/ as DATA does beside it');
  });
});

describe('class folders', () => {
  test('are read to any depth, with files of other kinds passed over and named', async () => {
    const data = await folderWith('n01/images/n01_0.JPEG', 'n01/n01_boxes.txt', 'n02/images/n02_0.JPEG', 'wnids.txt');
    const { files, notices } = await found(data);
    expect(files).toEqual({ n01: ['n01/images/n01_0.JPEG'], n02: ['n02/images/n02_0.JPEG'] });
    expect(notices.at(-1)).toBe('1 file among the images is none and was passed over in DATA: n01/n01_boxes.txt.');
  });

  test.each([
    ['alone', ''],
    ['in train/', 'train/'],
    ['in a folder', 'digits/'],
  ])('may be numbers, %s, whatever lies beside them', async (_, path) => {
    const { files } = await found(
      await folderWith(...inside(['0', '1', '10'], '1.jpg').map((file) => `${path}${file}`), 'labels.csv'),
    );
    expect(Object.keys(files)).toEqual(['0', '1', '10']);
  });

  test('with pictures beside them that name no classes are those classes alone', async () => {
    const { files, notices } = await found(await folderWith('cat/1.jpg', 'dog/1.jpg', 'dataset-cover.png', 'README'));
    expect(Object.keys(files)).toEqual(['cat', 'dog']);
    // README is an image by its content here.
    expect(notices).toEqual([
      '2 images lie in DATA beside the folders of the classes and are not used: README, dataset-cover.png.',
    ]);
  });

  test('beside files that name classes are a question', async () => {
    const data = await folderWith('cat.1.jpg', 'dog.1.jpg', 'more/1.jpg', 'others/1.jpg');
    expect(await refused(data)).toContain('holds both image files (cat.1.jpg, dog.1.jpg) and folders (more, others)');
    expect(await refused(await folderWith('1.jpg', '2.jpg', 'more/1.jpg'))).toContain('holds both');
  });

  test('and files do not mind what systems leave there', async () => {
    const litter = ['@eaDir/1.jpg', 'lost+found/', '__MACOSX/cat/1.jpg', '.ipynb_checkpoints/1.jpg', 'cat/Thumbs.db'];
    const { files, notices } = await found(await folderWith('cat/1.jpg', 'dog/1.jpg', 'cat/@eaDir/1.jpg', ...litter));
    expect(files).toEqual({ cat: ['cat/1.jpg'], dog: ['dog/1.jpg'] });
    expect(notices).toEqual([]);
  });

  test('links in circles end, and a link to nothing is named with where it leads', async () => {
    const data = await folderWith('cat/1.jpg', 'dog/1.jpg');
    await symlink('..', join(data, 'cat', 'up'));
    expect((await found(data)).files).toEqual({ cat: ['cat/1.jpg'], dog: ['dog/1.jpg'] });
    await symlink('/nowhere/notes.txt', join(data, 'notes.txt'));
    expect((await found(data)).files).toEqual({ cat: ['cat/1.jpg'], dog: ['dog/1.jpg'] });
    await symlink('/nowhere/bird', join(data, 'bird'));
    expect(await refused(data)).toBe(
      'DATA/bird cannot be read: it is a link to /nowhere/bird, which does not exist. Mend the link, or remove it.',
    );
  });

  test('that are all links to nothing, as when a disk is gone, are not an empty folder', async () => {
    const data = await folderWith('readme.txt');
    await symlink('/nowhere/train', join(data, 'train'));
    expect(await refused(data)).toContain('DATA/train cannot be read: it is a link to /nowhere/train, which does not');
  });

  test('a link to no picture, and a pipe, are pictures that cannot be read; no one waits for them', async () => {
    const data = await folderWith('cat/1.jpg', 'dog/1.jpg');
    await symlink('/nowhere/2.jpg', join(data, 'cat', '2.jpg'));
    execFileSync('mkfifo', [join(data, 'dog', '2.jpg'), join(data, 'dog', 'pipe')]);
    const candidates = await findCandidates(data, tmpdir());
    const names = candidates.samples.map((_, index) => candidates.nameOf(index));
    expect(names).toEqual(['cat/1.jpg', 'cat/2.jpg', 'dog/1.jpg', 'dog/2.jpg']);
    await expect(candidates.read(1)).rejects.toMatchObject({
      reason: 'it is a link to /nowhere/2.jpg, which does not exist',
    });
    await expect(candidates.read(3)).rejects.toMatchObject({ reason: 'it is a pipe' });
    expect(candidates.notices.join()).toContain('dog/pipe');
  });
});

describe('images', () => {
  test('are so by their content in every layout, or by a name that says so', async () => {
    const names = ['5.jfif', '6.jpe', '7.JPG', '8', '9.dat', '10.bmp', '11.gif', '12.tif', '13.heic', '14.avif'];
    const flat = await found(await folderWith(...names.flatMap((name) => [`cat.${name}`, `dog.${name}`])));
    expect(flat.files['cat']).toHaveLength(names.length);
    for (const part of ['', 'train/']) {
      const folders = await found(await folderWith(...inside([`${part}cat`, `${part}dog`], ...names)));
      expect(folders.files['dog']).toHaveLength(names.length);
    }
  });

  test('of kinds that are not read are counted; text and the like are not', async () => {
    const data = await folderOf({
      'cat.1': BMP,
      'cat.2.jpg': 'text, but it says that it is a picture',
      'dog.3.txt': 'x',
      'dog.4.png': JPEG,
      'labels.csv': 'x',
      README: 'x',
    });
    expect((await found(data)).files).toEqual({ cat: ['cat.1', 'cat.2.jpg'], dog: ['dog.4.png'] });
  });
});

describe('one level too high', () => {
  test('the only folder is read, and named', async () => {
    const { files, notices } = await found(
      await folderWith('PetImages/Cat/1.jpg', 'PetImages/Dog/1.jpg', 'readme.txt'),
    );
    expect(files).toEqual({ Cat: ['Cat/1.jpg'], Dog: ['Dog/1.jpg'] });
    expect(notices).toEqual(['DATA/PetImages/ is what is read: nothing else in DATA is data.']);
    const deep = await found(await folderWith(...inside(['archive/x/train', 'archive/x/test'], 'a/1.jpg', 'b/1.jpg')));
    expect(Object.keys(deep.files)).toEqual(['train a', 'train b', 'validation a', 'validation b']);
  });

  test('so it is where annotations are beside it, and not where an empty class is', async () => {
    const pets = await found(
      await folderWith(...inside(['images/cat', 'images/dog'], '1.jpg'), 'annotations/xml/1.xml'),
    );
    expect(Object.keys(pets.files)).toEqual(['cat', 'dog']);
    const data = await folderOf({ 'cat/web/1.jpg': JPEG, 'cat/own/1.jpg': JPEG, 'dog/': '' });
    expect(await refused(data)).toBe('Class dog has no training images in DATA/dog/. Add some, or remove the class.');
  });

  test('masks beside images of the same names are no class, and named', async () => {
    const { files, notices } = await found(
      await folderWith(...inside(['images/cat', 'images/dog', 'masks/cat'], '1.jpg')),
    );
    expect(Object.keys(files)).toEqual(['cat', 'dog']);
    expect(notices.join()).toContain('DATA/masks/ is neither for training nor for validation: its image is not used.');
  });

  test('a dataset beside other folders is no class: it is named, as what may have been meant is', async () => {
    const raw = await folderOf({
      'MNIST/raw/train-images-idx3-ubyte': 'x',
      'cifar-10-batches-bin/data_batch_1.bin': 'x',
      'PetImages/Cat/1.jpg': JPEG,
      'PetImages/Dog/1.jpg': JPEG,
    });
    expect(await refused(raw)).toBe(
      'DATA/MNIST/raw, DATA/cifar-10-batches-bin are datasets and no class. Pass what is meant, one of DATA/MNIST/raw, DATA/PetImages, DATA/cifar-10-batches-bin; if DATA is meant, move what is no class elsewhere.',
    );
    const split = await folderWith(...inside(['pets/train', 'pets/val', 'other'], 'a/1.jpg', 'b/1.jpg'));
    expect(await refused(split)).toContain(
      'DATA/pets is a dataset and no class. Pass what is meant, one of DATA/other, DATA/pets',
    );
  });

  test('a split within train/ is the split', async () => {
    const { files } = await found(await folderWith(...inside(['train/train', 'train/val'], 'a/1.jpg', 'b/1.jpg')));
    expect(Object.keys(files)).toEqual(['train a', 'train b', 'validation a', 'validation b']);
  });

  test('images in a folder of no class are no class of that name', async () => {
    const data = await folderWith(...inside(['train', 'valid'], 'images/1.jpg'));
    expect(await refused(data)).toBe(
      'DATA/train/images holds images but names no class: put the images of each class into a folder of its name, or name them like cat.12.jpg.',
    );
  });

  test('MNIST and CIFAR-10 are found there, or named where there are several folders', async () => {
    const mnist = Object.entries(idxPair('train')).map(([name, bytes]) => [`MNIST/raw/${name}`, bytes] as const);
    const one = await findCandidates(await folderOf(Object.fromEntries(mnist)), tmpdir());
    expect(one.classes).toEqual(['0', '1', '2']);
    const several = await folderOf({
      ...Object.fromEntries(mnist),
      'cifar-10-batches-bin/data_batch_1.bin': cifarFile(10),
    });
    expect(await refused(several)).toBe(
      'DATA holds no images, but datasets further down. Pass the path of one of them: DATA/MNIST/raw, DATA/cifar-10-batches-bin.',
    );
  });
});

describe('raw data', () => {
  test('has folders of images beside it named', async () => {
    const data = await folderOf({ ...idxPair('train'), 'cat/1.jpg': JPEG, 'notes/a.txt': 'x' });
    const { notices } = await findCandidates(data, tmpdir());
    expect(notices).toEqual([`${data}/cat/ is neither for training nor for validation: its image is not used.`]);
  });

  test('of CIFAR-10 and CIFAR-100 in one folder is a question', async () => {
    const data = await folderOf({ 'data_batch_1.bin': cifarFile(10), 'train.bin': cifarFile(10) });
    expect(await refused(data)).toBe(
      'DATA mixes CIFAR-10 files (data_batch_1.bin) and CIFAR-100 files (train.bin). Keep one kind in the folder.',
    );
  });
});

describe("gradsocket's own folders", () => {
  const run = ['job.yaml', 'metrics.jsonl', 'checkpoints/step-1.png', 'logs/coordinator.log.txt'];

  test.each([
    ['a run', run.map((name) => `my run/${name}`)],
    ['runs', run.map((name) => `runs/one/${name}`)],
    ['an export', ['ex/model.json', 'ex/weights.bin']],
    ['a sweep', ['runs/sweep/sweep.yaml', ...run.map((name) => `runs/sweep/runs/one/${name}`)]],
  ])('%s in the data is no data, in any layout', async (_, own) => {
    for (const images of [
      ['cat/1.jpg', 'dog/1.jpg'],
      ['cat.1.jpg', 'dog.1.jpg'],
      inside(['train', 'val'], 'cat/1.jpg', 'dog/1.jpg'),
    ]) {
      const { files, notices } = await found(await folderWith(...images, ...own));
      expect(Object.values(files).flat().toSorted()).toEqual(images.toSorted());
      expect(notices).toEqual([]);
    }
  });

  test.each([
    ['files named by class', ['cat.1.jpg', 'dog.1.jpg']],
    ['folders of classes', ['cat/1.jpg', 'dog/1.jpg']],
  ])('a picture that was written beside %s is none of them', async (_, images) => {
    const data = await folderWith(...images);
    await writePng(new Canvas(40, 30, [255, 255, 255]), join(data, 'sheet.png'));
    const { files, notices } = await found(data);
    expect(Object.values(files).flat()).toEqual(images);
    expect(notices).toEqual([]);
    const sheet = await sharp(join(data, 'sheet.png')).metadata();
    expect([sheet.width, sheet.height]).toEqual([40, 30]);
  });

  test('given as the data are named as what they are', async () => {
    expect(await refused(await folderWith(...run))).toContain(
      'DATA is the folder of a run, not data. `gradsocket eval DATA`',
    );
    expect(await refused(await folderWith(...run.map((name) => `a/${name}`)))).toContain(
      'DATA holds what gradsocket wrote (a), not data',
    );
  });

  test('beside raw data, and a preview of it, leave it as it is', async () => {
    const mnist = idxPair('train');
    const below = Object.fromEntries(Object.entries(mnist).map(([name, bytes]) => [`MNIST/raw/${name}`, bytes]));
    const own = Object.fromEntries(run.map((name) => [`runs/one/${name}`, 'x']));
    expect((await found(await folderOf({ ...below, ...own }))).notices).toHaveLength(2);
    const { files, notices } = await found(await folderOf({ ...mnist, ...own, 'sheet.png': JPEG }));
    expect(Object.keys(files)).toEqual(['0', '1', '2']);
    expect(notices).toEqual(['1 image lies in DATA beside the MNIST IDX files and is not used: sheet.png.']);
  });

  test('nor is a pipe', async () => {
    const pipe = join(await folderWith('a/1.jpg'), 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(findCandidates(pipe, pipe)).rejects.toThrow(/pipe cannot be read: it is a pipe/);
  });

  test('may be the data folder itself: the classes are read, the parts of the run are not', async () => {
    const { files } = await found(await folderWith(...run, 'cat/1.jpg', 'dog/1.jpg'));
    expect(Object.keys(files)).toEqual(['cat', 'dog']);
  });
});

describe('names', () => {
  test('that are no UTF-8 are found, read and shown', async () => {
    const data = await folderWith('dog/1.jpg');
    const folder = Buffer.concat([Buffer.from(`${data}/caf`), Buffer.from([0xe9])]);
    await mkdir(folder);
    await writeFile(Buffer.concat([folder, Buffer.from('/\xff.jpg', 'latin1')]), JPEG);
    const candidates = await findCandidates(data, tmpdir());
    expect(candidates.classes).toEqual(['caf\\xE9', 'dog']);
    expect(candidates.nameOf(0)).toBe('caf\\xE9/\\xFF.jpg');
    expect(Uint8Array.from(await candidates.read(0))).toEqual(JPEG);
  });

  test('stored in two ways are one class across train and val, and two within train, which is said', async () => {
    const [nfc, nfd] = ['café', 'cafe\u0301'];
    const across = await found(await folderWith(`train/${nfc}/1.jpg`, 'train/tea/1.jpg', `val/${nfd}/1.jpg`));
    expect(across.files[`validation ${nfc}`]).toEqual([`val/${nfd}/1.jpg`]);
    expect(across.notices.join()).toContain(
      'written in one way in DATA/train and in another in DATA/val (Unicode NFC and NFD)',
    );
    const within = await found(await folderWith(`${nfc}/1.jpg`, `${nfd}/1.jpg`, 'Tea/1.jpg', 'tea/1.jpg'));
    expect(Object.keys(within.files)).toHaveLength(4);
    expect(within.notices.join(' ')).toMatch(
      /differ only in how their letters are stored.*The classes Tea and tea differ only in case/,
    );
  });

  test('that differ only in what nobody sees are told of', async () => {
    const within = await found(await folderWith('cat/1.jpg', 'cat /1.jpg', 'hot dog/1.jpg', 'hot_dog/1.jpg'));
    expect(within.notices).toEqual([
      'The classes cat and "cat " differ only in spaces, underscores or case: they are taken for two.',
      'The classes hot dog and hot_dog differ only in spaces, underscores or case: they are taken for two.',
    ]);
    const parts = ['train/cat/1.jpg', 'train/dog/1.jpg', 'val/cat /1.jpg', 'val/dog/1.jpg'];
    expect(await refused(await folderWith(...parts))).toContain(
      'Rename one of the two if "cat" is meant, not "cat ": they differ only in spaces, underscores or case.',
    );
  });

  test('with spaces are one word in the commands that are shown', async () => {
    const classes = ['a/1.jpg', 'b/1.jpg'];
    const { notices } = await found(
      await folderWith(...inside(['my data/train', 'my data/val', 'my data/test'], ...classes)),
    );
    expect(notices.join()).toContain("`gradsocket eval RUN --data 'DATA/my data/test'`");
  });
});
