import { expect, test } from 'vitest';
import { imageIndex, imageNamed } from '../../../src/data/files/image-index.ts';
import { imagesNamed, labelTable } from '../../../src/data/layouts/label-table.ts';
import { readTable } from '../../../src/data/files/table-rows.ts';
import { folderOf } from '../fixtures.ts';

const IMAGES = ['1.jpg', '2.JPG', '3.jpg', '4.jpg'];

async function tableOf(lines: readonly string[], images = IMAGES, name = 'labels.csv') {
  const folder = await folderOf({ [name]: lines.join('\n') });
  const rows = await readTable(`${folder}/${name}`);
  return rows && labelTable(rows, imageIndex(images), name);
}

async function classesOf(...lines: readonly string[]): Promise<readonly string[] | null> {
  const table = await tableOf(lines);
  return table && IMAGES.map((image) => table.images.get(image)?.className ?? '');
}

const CLASSES = ['cat', 'dog', 'cat', 'dog'];

test.each([
  ['with titles', ['file,label', '1.jpg,cat', '2.jpg,dog', '3.jpg,cat', '4.jpg,dog']],
  ['without titles', ['1.jpg,cat', '2.jpg,dog', '3.jpg,cat', '4.jpg,dog']],
  ['without endings', ['id,breed', '1,cat', '2,dog', '3,cat', '4,dog', '']],
  ['with the class first', ['class;image', 'cat;1.jpg', 'dog;2.jpg', 'cat;3.jpg', 'dog;4.jpg']],
  ['with folders', ['file\tlabel', 'train/1.jpg\tcat', './2.jpg\tdog', 'C:\\pets\\3.JPG\tcat', '4.png\tdog']],
  [
    'with quotes and ends of lines of Windows',
    ['"file","label"\r', '"1.jpg","cat"\r', '2,dog\r', '3,"cat"\r', '4,dog\r'],
  ],
  ['with more columns', ['id,file,label,width', 'a,1.jpg,cat,7', 'b,2.jpg,dog,8', 'c,3.jpg,cat,9', 'd,4.jpg,dog,9']],
  ['with numbers beside names', ['image,label,label_name', '1,0,cat', '2,1,dog', '3,0,cat', '4,1,dog']],
  ['with a line twice', ['1,cat', '1,cat', '2,dog', '3,cat', '4,dog']],
  ['with numbers of lines, as pandas has them', [',file,kind', '0,1,cat', '1,2,dog', '2,3,cat', '3,4,dog']],
  ['with two names of each image', ['id,path,what', '1,1.jpg,cat', '2,2.jpg,dog', '3,3.jpg,cat', '4,4.jpg,dog']],
  ['of a column for each class', ['file, cat, dog', '1,1,0', '2,0.0,1.0', '3,1,0', '4,0,1']],
  [
    'of a column for each class and others',
    ['file,age,cat,dog,cow', '1,7,1,0,0', '2,8,0,1,0', '3,9,1,0,0', '4,7,0,1,0'],
  ],
  ['with a title of a specialty', ['id,file,dx,age', 'a,1,cat,3', 'b,2,dog,4', 'c,3,cat,5', 'd,4,dog,6']],
  ['of labels, one each', ['file,labels', '1,cat', '2,dog', '3,cat', '4,dog']],
])('a table %s says the class of each image', async (_, lines) => {
  expect(await classesOf(...lines)).toEqual(CLASSES);
});

test('an object a line is a table', async () => {
  const lines = CLASSES.map((label, index) => JSON.stringify({ file_name: `${index + 1}.jpg`, label, width: index }));
  const table = await tableOf(lines, IMAGES, 'metadata.jsonl');
  expect(IMAGES.map((image) => table?.images.get(image)?.className)).toEqual(CLASSES);
});

test.each([
  ['lists in a field', '{"file_name":"1.jpg","objects":[]}'],
  ['no objects', '["1.jpg","cat"]'],
  ['what is no JSON', '1.jpg,cat'],
])('lines with %s are no table', async (_, line) => {
  expect(await tableOf([line], IMAGES, 'metadata.jsonl')).toBeNull();
});

test('fields keep what stands in quotes', async () => {
  expect(await classesOf('1,"a ""big"", old cat"', '2,dog', '3,"a ""big"", old cat"', '4,dog')).toEqual([
    'a "big", old cat',
    'dog',
    'a "big", old cat',
    'dog',
  ]);
});

test.each([
  ['of boxes', ['file,class,xmin,ymin', '1,cat,1,2', '2,dog,3,4', '3,cat,1,2', '4,dog,1,2']],
  ['of a column for each class, some of several', ['file,cat,dog', '1,1,0', '2,1,1', '3,1,0', '4,0,1']],
  ['of a column for each class, some of none', ['file,cat,dog', '1,1,0', '2,0,0', '3,1,0', '4,0,1']],
  ['of shares of each class', ['file,cat,dog', '1,0.5,0.5', '2,0,1', '3,1,0', '4,0,1']],
  ['of several labels', ['file,labels', '1,a b', '2,a', '3,a b', '4,a']],
  ['of captions', ['file,text', '1,a cat', '2,a dog', '3,two cats', '4,two dogs']],
  ['of several tags', ['file,tags', '1,a b', '2,a', '3,a b', '4,a']],
  ['of other images', ['file,label', '5,cat', '6,dog', '7,cat', '8,dog']],
  ['of names alone', ['file', '1', '2', '3', '4']],
  ['of lines of different lengths', ['1,cat', '2,dog,x', '3,cat', '4,dog']],
  ['of titles alone', ['file,label']],
  ['of other images, but for one', ['file,label', '1,cat', '6,cat', '7,dog', '8,dog']],
  ['of nothing', []],
])('a table %s says no class of each image', async (_, lines) => {
  expect(await classesOf(...lines)).toBeNull();
});

test('what one of two images of a name is must be written', async () => {
  await expect(tableOf(['1,cat', '2,dog', '3,cat', '4,dog'], [...IMAGES, '1.png'])).rejects.toThrow(
    'labels.csv lists 1, and two images have that name. Write it with its folder and its ending there.',
  );
});

test('images of one name are told apart by folders and endings', async () => {
  const images = ['a/1.jpg', 'b/1.jpg', 'b/2.jpg', 'b/2.png'];
  const table = await tableOf(['pets/a/1,cat', 'b\\1,dog', '2.jpg,cat', '2.png,dog'], images);
  expect(images.map((image) => table?.images.get(image)?.className)).toEqual(CLASSES);
});

test('a table may list other images too, as many as those that are here, titles apart', async () => {
  const images = [...IMAGES, '5.jpg', '6.jpg'];
  const table = await tableOf(['file,label', '1,cat', '2,cat', '8,dog', '9,dog'], images);
  expect([[...(table?.images.keys() ?? [])], table?.missing]).toEqual([
    ['1.jpg', '2.JPG'],
    ['8', '9'],
  ]);
});

test('of the columns that name images the one counts that names most', () => {
  const rows = [
    ['1.jpg', '3.jpg'],
    ['1.jpg', '4.jpg'],
    ['', '2.jpg'],
  ];
  expect([...imagesNamed(rows, imageIndex(IMAGES))].toSorted()).toEqual(['2.JPG', '3.jpg', '4.jpg']);
});

test('an image of another folder is none of those that are here', async () => {
  const here = IMAGES.map((image) => `a/${image}`);
  for (const first of [
    ['b/1,dog', 'a/1,cat'],
    ['a/1,cat', 'b/1,dog'],
  ]) {
    const table = await tableOf([...first, 'a/2,dog', 'a/3,cat', 'a/4,dog'], here);
    expect([table?.missing, table?.images.get('a/1.jpg')?.className]).toEqual([['b/1'], 'cat']);
  }
});

test('lines without an image are counted, images without a class have none', async () => {
  const table = await tableOf(['file,label', '1,cat', '2,cat', '3,cat', '4,', '9,dog']);
  expect([table?.missing, table?.images.has('4.jpg')]).toEqual([['9'], false]);
});

test('an image with two classes is refused', async () => {
  await expect(classesOf('1,cat', '2,dog', '3,cat', '4,dog', '2,cat')).rejects.toThrow(
    'labels.csv gives 2.JPG two classes, dog and cat. Keep one of its lines there.',
  );
});

test.each([
  ['split', ['train', 'train', 'val', 'test'], ['train', 'train', 'validation', 'test']],
  ['Dataset_type', ['TRAIN', 'TRAIN', 'TEST', ''], ['train', 'train', 'test', null]],
  ['is_valid', ['False', 'False', 'True', 'True'], ['train', 'train', 'validation', 'validation']],
  ['is_train', ['1', '1', '0', '0'], ['train', 'train', 'validation', 'validation']],
  ['fold', ['1', '2', '3', '4'], [null, null, null, null]],
])('a column %s says what images are for', async (title, values, shares) => {
  const table = await tableOf([
    `file,what,${title}`,
    ...values.map((value, index) => `${index + 1},${CLASSES[index]},${value}`),
  ]);
  expect(IMAGES.map((image) => table?.images.get(image)?.share)).toEqual(shares);
  expect(table?.split).toEqual({ title, isRead: shares[0] !== null });
});

test.each(['pjp', 'apng', 'HEIC', 'avif', 'pgm', 'dib'])(
  'names leave out .%s as they leave out .jpg, and say it where the image is of another kind',
  async (ending) => {
    const images = [1, 2, 3, 4].map((number) => `${number}.${ending}`);
    const without = await tableOf(['file,label', '1,cat', '2,dog', '3,cat', '4,dog'], images);
    expect(images.map((image) => without?.images.get(image)?.className)).toEqual(CLASSES);
    expect(await classesOf('file,label', ...images.map((image, index) => `${image},${CLASSES[index]}`))).toEqual(
      CLASSES,
    );
  },
);

test('a name without its ending is that of an image that is read here, not that of its mask', () => {
  const index = imageIndex(['b/1.jpg', 'a/1.pgm'], ['c/1.png', 'c/2.jpg', 'c/2.gif']);
  expect(['1', '1.pgm', '2', '1.bmp'].map((name) => imageNamed(index, name)?.image)).toEqual([
    'b/1.jpg',
    'a/1.pgm',
    'c/2.jpg',
    'b/1.jpg',
  ]);
  expect(imageNamed(index, '1.bmp.jpg')).toBeNull();
});

test('an image counts once in a column, however many lines name it', () => {
  const rows = [
    ['template', 'image'],
    ['1.jpg', '2.jpg'],
    ['1.jpg', '3.jpg'],
    ['1.jpg', 'lost.jpg'],
  ];
  expect([...imagesNamed(rows, imageIndex(IMAGES))]).toEqual(['2.JPG', '3.jpg']);
});
