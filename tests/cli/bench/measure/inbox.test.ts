import { expect, test } from 'vitest';
import { Inbox } from '../../../../src/cli/bench/measure/inbox.ts';

type Message = { readonly type: 'go' } | { readonly type: 'times'; readonly times: readonly number[] };

test('messages are taken in the order in which they came, early or late', async () => {
  const inbox = new Inbox<Message>();
  inbox.put({ type: 'go' });
  inbox.put({ type: 'times', times: [1] });
  expect(await inbox.expect('go')).toEqual({ type: 'go' });
  expect((await inbox.expect('times')).times).toEqual([1]);
  const late = inbox.take();
  inbox.put({ type: 'go' });
  expect(await late).toEqual({ type: 'go' });
});

test('a message of another type than the one that is due is an error', async () => {
  const inbox = new Inbox<Message>();
  inbox.put({ type: 'go' });
  await expect(inbox.expect('times')).rejects.toThrow(/"go".* came, not times/);
});
