import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Answers, REFUSALS, type RefusalName, refuseUpgrade } from '../../../src/shared/link/refusal.ts';

it('a hundred in a second who are refused get an answer, and then others in the next one', () => {
  let now = 0;
  const answers = new Answers(() => now);
  const given = () => Array.from({ length: 1000 }, () => answers.take()).filter(Boolean).length;
  expect(given()).toBe(100);
  now = 999;
  expect(given()).toBe(0);
  now = 1000;
  expect(given()).toBe(100);
});

it.each(Object.keys(REFUSALS) as RefusalName[])(
  '%s is a whole answer, after which the socket is gone',
  async (name) => {
    // It does not end by itself, as one whose peer reads nothing.
    const socket = new PassThrough({ autoDestroy: false });
    const closed = once(socket, 'close');
    refuseUpgrade(socket, name);
    const answer = String(socket.read());
    const { status, sentence } = REFUSALS[name];
    const [head, body] = answer.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(body!)}`);
    expect(body).toBe(`${sentence}\n`);
    // Only who may come with another token is asked for one.
    expect(head?.includes('WWW-Authenticate: Bearer')).toBe(status === 401);
    await closed;
    expect(socket.destroyed).toBe(true);
  },
);
