import { expect, it } from 'vitest';
import { EventStream } from '../../src/api/event-stream.ts';

async function all(values: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = [];
  for await (const value of values) seen.push(value);
  return seen;
}

it('tells everybody what happens from when they listen on, and ends', async () => {
  const stream = new EventStream<number>();
  stream.tell(0);
  const early = all(stream.values());
  const heard: number[] = [];
  const release = stream.subscribe((value) => heard.push(value));
  stream.tell(1);
  const late = all(stream.values());
  stream.tell(2);
  release();
  stream.tell(3);
  stream.end();
  expect(await early).toEqual([1, 2, 3]);
  expect(await late).toEqual([2, 3]);
  expect(heard).toEqual([1, 2]);
  expect(await all(stream.values())).toEqual([]);
});

it('throws what it failed with, after the last value', async () => {
  const stream = new EventStream<number>();
  const values = stream.values();
  stream.tell(1);
  stream.end({ error: new Error('gone') });
  expect(await values.next()).toEqual({ done: false, value: 1 });
  await expect(values.next()).rejects.toThrow('gone');
  expect(await values.next()).toEqual({ done: true, value: undefined });
});

it('keeps nothing for whoever has left, and answers in the order of asking', async () => {
  const stream = new EventStream<number>();
  const values = stream.values();
  const both = [values.next(), values.next()];
  stream.tell(1);
  stream.tell(2);
  expect((await Promise.all(both)).map(({ value }) => value as number)).toEqual([1, 2]);
  const waiting = values.next();
  await values.return!();
  expect(await waiting).toEqual({ done: true, value: undefined });
  stream.tell(3);
  expect(await values.next()).toEqual({ done: true, value: undefined });
});
