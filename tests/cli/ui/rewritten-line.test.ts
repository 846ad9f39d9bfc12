import { expect, it } from 'vitest';
import { RewrittenLine } from '../../../src/cli/ui/rewritten-line.ts';

it('draws within the columns but the last, says when it may be drawn anew, and is taken away once', () => {
  const written: string[] = [];
  let now = 1_000;
  const line = new RewrittenLine({ columns: 10, write: (text: string) => written.push(text) }, () => now);
  line.clear();
  expect(line.isDue).toBe(true);
  line.draw((columns) => 'x'.repeat(columns));
  expect(line.isDue).toBe(false);
  now += 80;
  expect(line.isDue).toBe(true);
  line.clear();
  line.clear();
  expect(written).toEqual([`\r\u001B[2K${'x'.repeat(9)}`, '\r\u001B[2K']);
});
