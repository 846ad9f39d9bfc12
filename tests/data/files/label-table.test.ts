import { expect, test } from 'vitest';
import { labelTable } from '../../../src/data/files/label-table.ts';

const IMAGES = ['1.jpg', '2.JPG', '3.jpg', '4.jpg'];

function classesOf(...lines: readonly string[]): readonly string[] | null {
  const table = labelTable(lines.join('\n'), IMAGES, 'labels.csv');
  return table && IMAGES.map((image) => table.classes.get(image) ?? '');
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
])('a table %s says the class of each image', (_, lines) => {
  expect(classesOf(...lines)).toEqual(CLASSES);
});

test('fields keep what stands in quotes', () => {
  expect(classesOf('1,"a ""big"", old cat"', '2,dog', '3,"a ""big"", old cat"', '4,dog')).toEqual([
    'a "big", old cat',
    'dog',
    'a "big", old cat',
    'dog',
  ]);
});

test.each([
  ['of boxes', ['file,class,xmin,ymin', '1,cat,1,2', '2,dog,3,4', '3,cat,1,2', '4,dog,1,2']],
  ['of a column for each class', ['file,cat,dog', '1,1,0', '2,0,1', '3,1,0', '4,0,1']],
  ['of captions', ['file,text', '1,a cat', '2,a dog', '3,two cats', '4,two dogs']],
  ['of several tags', ['file,tags', '1,a b', '2,a', '3,a b', '4,a']],
  ['of other images', ['file,label', '5,cat', '6,dog', '7,cat', '8,dog']],
  ['of names alone', ['file', '1', '2', '3', '4']],
  ['of lines of different lengths', ['1,cat', '2,dog,x', '3,cat', '4,dog']],
  ['of nothing', []],
])('a table %s says no class of each image', (_, lines) => {
  expect(classesOf(...lines)).toBeNull();
});

test('what one of two images of a name is cannot be known', () => {
  expect(labelTable('1,cat\n2,dog', ['1.jpg', '1.png', '2.jpg'], 'labels.csv')).toBeNull();
});

test('lines without an image are counted, images without a class have none', () => {
  const table = labelTable('file,label\n1,cat\n2,cat\n3,cat\n4,\n9,dog', IMAGES, 'labels.csv');
  expect([table?.missing, table?.classes.has('4.jpg')]).toEqual([['9'], false]);
});

test('an image with two classes is refused', () => {
  expect(() => classesOf('1,cat', '2,dog', '3,cat', '4,dog', '2,cat')).toThrow(
    'labels.csv gives 2.JPG two classes, dog and cat. Keep one of its lines there.',
  );
});
