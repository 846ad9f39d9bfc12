import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { findCandidates } from '../../../src/data/layouts/layout.ts';
import { folderOf } from '../fixtures.ts';

/** Enough to be an image as far as finding goes. */
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);

async function folderWith(...paths: readonly string[]): Promise<string> {
  return folderOf(Object.fromEntries(paths.map((path) => [path, path.endsWith('.jpg') ? JPEG : 'x'])));
}

async function refused(...paths: readonly string[]): Promise<string> {
  const folder = await folderWith(...paths);
  const error: unknown = await findCandidates(folder, tmpdir()).then(
    ({ untrainable }) => untrainable,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ exitCode: 65 });
  return (error as Error).message.replaceAll(folder, 'DATA');
}

const BOXES =
  'Boxes and masks are not read here: cut out what they show, and put the images of each class into a folder of its name.';
const SHORTEN =
  'Of tables only a CSV, TSV or JSONL file is read that has a line of file,label for each image, with one class: shorten it to these two columns, or put the images of each class into a folder of its name.';
const SORT = 'Those are not read here: put the images of each class into a folder of its name.';

describe('a dataset whose classes stand in files of another program is called what it is:', () => {
  it.each([
    [
      'Pascal VOC',
      ['Annotations/1.xml', 'JPEGImages/1.jpg', 'SegmentationClass/1.jpg', 'ImageSets/Main/train.txt'],
      `DATA is a dataset of boxes or masks, as Pascal VOC has them (Annotations/, JPEGImages/). ${BOXES}`,
    ],
    [
      'Pascal VOC further down',
      ['VOC2012/Annotations/1.xml', 'VOC2012/JPEGImages/1.jpg'],
      `DATA is a dataset of boxes, as Pascal VOC has them (VOC2012/Annotations/1.xml). ${BOXES}`,
    ],
    [
      'YOLO',
      ['images/train/1.jpg', 'images/val/2.jpg', 'labels/train/1.txt', 'data.yaml'],
      `DATA is a dataset of boxes, as YOLO has them (labels/train/1.txt). ${BOXES}`,
    ],
    [
      'YOLO as Roboflow packs it',
      ['train/images/1.jpg', 'train/labels/1.txt', 'valid/images/2.jpg', 'valid/labels/2.txt'],
      `DATA is a dataset of boxes, as YOLO has them (train/labels/1.txt). ${BOXES}`,
    ],
    [
      'COCO',
      ['train2017/1.jpg', 'val2017/2.jpg', 'annotations/instances_train2017.json'],
      `DATA is a dataset of boxes or masks, as COCO has them (annotations/instances_train2017.json). ${BOXES}`,
    ],
    [
      'COCO as Roboflow packs it',
      ['train/1.jpg', 'train/_annotations.coco.json', 'valid/2.jpg'],
      `DATA is a dataset of boxes or masks, as COCO has them (train/_annotations.coco.json). ${BOXES}`,
    ],
    [
      'boxes beside images',
      ['images/1.jpg', 'annotations/1.xml'],
      `DATA is a dataset of boxes, as Pascal VOC has them (annotations/1.xml). ${BOXES}`,
    ],
    [
      'boxes beside files that are named by class',
      ['images/cat_1.jpg', 'images/dog_1.jpg', 'annotations/xmls/1.xml'],
      `DATA is a dataset of boxes, as Pascal VOC has them (annotations/xmls/1.xml). ${BOXES.slice(0, -1)}, or pass images/ in it: the names of its files say classes.`,
    ],
    ['a table', ['1.jpg', '2.jpg', 'labels.csv'], `DATA says in a table what its images are (labels.csv). ${SHORTEN}`],
    [
      'a table beside images',
      ['train/1.jpg', 'test/2.jpg', 'a.csv', 'sample_submission.csv', 'train_labels.csv'],
      `DATA says in a table what its images are (train_labels.csv). ${SHORTEN}`,
    ],
    [
      'a list',
      ['images/1.jpg', 'train.txt', 'readme.txt'],
      `DATA says in a list what its images are (train.txt). ${SORT}`,
    ],
    [
      'a MATLAB file',
      ['jpg/1.jpg', 'imagelabels.mat'],
      `DATA says in a MATLAB file what its images are (imagelabels.mat). ${SORT}`,
    ],
  ])('%s', async (_, paths, sentence) => {
    expect(await refused(...paths)).toBe(sentence);
  });

  it('masks beside images are no classes', async () => {
    expect(await refused('images/1.jpg', 'masks/1.jpg')).toBe(
      'DATA holds images/, masks/, of which none is the name of a class: put the images of each class into a folder of its name.',
    );
  });

  it('images that nothing describes are told of one by one', async () => {
    expect(await refused('1.jpg', 'readme.txt')).toMatch(/^DATA\/1\.jpg has no class: /);
  });
});

describe('what lies beside classes is no matter:', () => {
  it.each([
    ['a table', ['cat/1.jpg', 'dog/1.jpg', 'labels.csv']],
    ['boxes', ['cat/1.jpg', 'dog/1.jpg', 'annotations/1.xml']],
    ['labels of the images', ['cat/1.jpg', 'dog/1.jpg', 'labels/1.txt']],
    ['a table, where names say the classes', ['cat.1.jpg', 'dog.1.jpg', 'train.csv']],
    ['MATLAB files, where names say the classes', ['cat_1.jpg', 'dog_1.jpg', 'cat_2.mat']],
    ['a table, in parts', ['train/cat/1.jpg', 'train/dog/1.jpg', 'val/cat/1.jpg', 'val/dog/1.jpg', 'train.csv']],
    ['lists, where a class is called as a part', ['bus/1.jpg', 'train/1.jpg', 'list.txt']],
  ])('%s', async (_, paths) => {
    const { classes, untrainable } = await findCandidates(await folderWith(...paths), tmpdir());
    expect([classes.length, untrainable]).toEqual([2, undefined]);
  });
});
