import { expect, test } from 'vitest';
import { classesInNames, classInName, dottedName, labelAmong } from '../../../src/data/layouts/class-name.ts';

test.each([
  ['cat.0.jpg', 'cat'],
  ['cat.12.JFIF', 'cat'],
  ['cat.12', 'cat'],
  ['a.b.7.x', 'a.b'],
  ['two\nlines.7.jpg', 'two\nlines'],
  ['cat.jpg', null],
  ['.7.jpg', null],
])('%j begins with the class %j', (file, name) => {
  expect(classInName(file)).toBe(name);
});

test.each([
  [
    ['cat.1.jpg', 'cat.2.jpg'],
    ['cat', 'cat'],
  ],
  [
    ['american_bulldog_12.jpg', 'Abyssinian_1.jpg'],
    ['american_bulldog', 'Abyssinian'],
  ],
  [
    ['cat (1).jpg', 'dog (2).png', 'cow-3'],
    ['cat', 'dog', 'cow'],
  ],
  // One kind of photographs as well as one class.
  [['photo_1.jpg', 'photo_2.jpg'], null],
  [['cat_1.jpg', 'image_2.jpg'], null],
  [['cat_1.jpg', 'test_2.jpg'], null],
  [['PXL_20210101_1.jpg', 'PXL_20210102_2.jpg'], null],
  [['cat_1.jpg', 'dog.jpg'], null],
])('%j together are of the classes %j', (files, classes) => {
  expect(classesInNames(files)).toEqual(classes);
});

test.each([
  ['american_bulldog_12.jpg', 'american_bulldog.12.jpg'],
  ['cat (3).png', 'cat.3.png'],
  ['cat-7', 'cat.7'],
  ['PXL_20210101_1.jpg', null],
  ['cat.jpg', null],
])('%j would say a class as %j', (file, dotted) => {
  expect(dottedName(file)).toBe(dotted);
});

test('a class is known by its name in either way of storing it, unless two have it', () => {
  const [nfc, nfd] = ['caf\u00e9', 'cafe\u0301'] as const;
  expect(labelAmong(['ale', nfc], nfd)).toBe(1);
  expect(labelAmong([nfd, nfc], nfc)).toBe(1);
  expect(labelAmong(['\u212b', '\u00c5'], 'A\u030a')).toBe(-1);
  expect(labelAmong(['Ale'], 'ale')).toBe(-1);
});
