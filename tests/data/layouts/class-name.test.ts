import { expect, test } from 'vitest';
import { classInName, labelAmong } from '../../../src/data/layouts/class-name.ts';

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

test('a class is known by its name in either way of storing it, unless two have it', () => {
  const [nfc, nfd] = ['caf\u00e9', 'cafe\u0301'] as const;
  expect(labelAmong(['ale', nfc], nfd)).toBe(1);
  expect(labelAmong([nfd, nfc], nfc)).toBe(1);
  expect(labelAmong(['\u212b', '\u00c5'], 'A\u030a')).toBe(-1);
  expect(labelAmong(['Ale'], 'ale')).toBe(-1);
});
