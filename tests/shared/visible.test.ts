import { expect, test } from 'vitest';
import { visible } from '../../src/shared/visible.ts';

test.each([
  ['plain, größer, 日本, 👩‍👧, a\u0301, \\n', 'plain, größer, 日本, 👩‍👧, a\u0301, \\n'],
  ['\u001b[2J\u001b]0;title\u0007', '\\u001B[2J\\u001B]0;title\\u0007'],
  ['two\nlines\r\tand a tab', 'two\\nlines\\r\\tand a tab'],
  ['c1 \u009b31m, del \u007f', 'c1 \\u009B31m, del \\u007F'],
  ['evil\u202egpj.exe \u2066\u200f', 'evil\\u202Egpj.exe \\u2066\\u200F'],
  ['lines \u2028 \u2029 \ufeff', 'lines \\u2028 \\u2029 \\uFEFF'],
  ['a byte \udce9, half a character \ud83d', 'a byte \\xE9, half a character \\uD83D'],
  ['tag \u{E0041}', 'tag \\uDB40\\uDC41'],
])('a text shows all that is in it: %j', (text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(visible(shown)).toBe(shown);
});
