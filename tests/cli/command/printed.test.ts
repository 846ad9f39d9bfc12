import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { allPrinted, waitForNoTerminal } from '../../../src/cli/command/printed.ts';

/** Takes a line whenever it is asked to. */
function slowReader() {
  const waiting: (() => void)[] = [];
  const stream = new Writable({ write: (_, __, done) => void waiting.push(done) });
  return { stream, take: () => waiting.shift()?.() };
}

const aTurn = () => new Promise(setImmediate);

it('all is printed once a slow reader has taken it, and not before', async () => {
  const { stream, take } = slowReader();
  stream.write('one\n');
  stream.write('two\n');
  let printed = false;
  const waited = allPrinted([stream]).then(() => (printed = true));
  take();
  await aTurn();
  expect(printed).toBe(false);
  take();
  await aTurn();
  take();
  await waited;
});

it('nobody is waited for who has taken all, or went away meanwhile', async () => {
  const idle = slowReader();
  await allPrinted([idle.stream]);
  const gone = slowReader();
  gone.stream.on('error', () => undefined);
  gone.stream.write('one\n');
  const waited = allPrinted([gone.stream]);
  gone.stream.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  await waited;
});

it('of a terminal alone nobody waits for a line', () => {
  const told: unknown[] = [];
  const stream = (name: string, isTTY: boolean) =>
    Object.assign(slowReader().stream, { isTTY, _handle: { setBlocking: (on: boolean) => told.push(name, on) } });
  waitForNoTerminal([
    stream('terminal', true),
    stream('pipe', false),
    Object.assign(slowReader().stream, { isTTY: true }),
  ]);
  expect(told).toEqual(['terminal', false]);
});
