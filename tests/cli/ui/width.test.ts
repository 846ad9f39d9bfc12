import { expect, it } from 'vitest';
import { columns } from '../../../src/cli/ui/columns.ts';
import { padded, shortened, widthOf } from '../../../src/cli/ui/width.ts';

it.each([
  ['', 0],
  ['cat', 3],
  ['été', 3],
  ['e\u0301te\u0301', 3],
  ['日本語', 6],
  ['한국', 4],
  ['مرحبا', 5],
  ['👩‍👩‍👧', 2],
  ['━─ ✓', 4],
])('%s is %i columns wide', (text, width) => {
  expect(widthOf(text)).toBe(width);
});

it('what is padded ends in one column, and what is longer stays as it is', () => {
  expect([padded('日本', 6), padded('日本', 6, 'left'), padded('longer', 3)]).toEqual(['日本  ', '  日本', 'longer']);
});

it.each([
  ['abcdefghij', 'abcdefghij'],
  ['abcdefghijk', 'abcdef..jk'],
  ['日本語日本語', '日本語..語'],
  ['e\u0301'.repeat(11), `${'e\u0301'.repeat(6)}..${'e\u0301'.repeat(2)}`],
])('of %s both ends are left where it is too long: %s', (text, cut) => {
  expect(shortened(text, 10)).toBe(cut);
});

it('a very long name shifts its own line alone', () => {
  const long = 'x'.repeat(120);
  expect(
    columns([
      ['class', 'samples'],
      ['日本', '9'],
      [long, '10'],
    ]),
  ).toEqual([`${'class'.padEnd(48)}  samples`, `${'日本'.padEnd(46)}        9`, `${long}       10`]);
});
