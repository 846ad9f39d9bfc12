import { expect, it } from 'vitest';
import { canRewrite, columnsOf, RewrittenLine } from '../../../src/cli/ui/rewritten-line.ts';

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

it('leaves out what a terminal that takes nothing would only show late', () => {
  const written: string[] = [];
  const out = { columns: 10, writableLength: 3, write: (text: string) => written.push(text) };
  const line = new RewrittenLine(out, () => 0);
  line.draw(() => 'one');
  out.writableLength = 0;
  line.draw(() => 'two');
  expect(written).toEqual(['\r\u001B[2Ktwo']);
});

it('has a bar of ASCII where the terminal shows nothing else', () => {
  const drawn = (environment: Readonly<Record<string, string>>): string => {
    const written: string[] = [];
    new RewrittenLine({ write: (text: string) => written.push(text) }, () => 0, environment).draw(() => '━━── step 2');
    return written.join('').slice(5);
  };
  expect(drawn({ LANG: 'C' })).toBe('==-- step 2');
  expect(drawn({ LANG: 'C', LC_ALL: 'C.UTF-8' })).toBe('━━── step 2');
  expect(drawn({})).toBe('━━── step 2');
});

it('a terminal that says it has no columns is taken for a usual one', () => {
  const write = (): void => undefined;
  expect([columnsOf({ write }), columnsOf({ write, columns: 0 }), columnsOf({ write, columns: 41 })]).toEqual([
    80, 80, 41,
  ]);
});

it('only a terminal that understands escape sequences has such a line', () => {
  const write = (): void => undefined;
  expect(canRewrite({ write, isTTY: true }, 'xterm')).toBe(true);
  expect(canRewrite({ write, isTTY: true }, 'dumb')).toBe(false);
  expect(canRewrite({ write }, 'xterm')).toBe(false);
});
