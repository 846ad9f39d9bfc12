import { expect, it } from 'vitest';
import { pageText } from '../../../src/cli/run/page.ts';

const local = { url: 'ws://127.0.0.1:4711', host: '127.0.0.1', hasToken: true, hasViewToken: false };

it('the page of a run on this machine asks for nothing, unless there is a view token', () => {
  expect(pageText(local)).toBe('http://127.0.0.1:4711/');
  expect(pageText({ ...local, hasViewToken: true })).toBe('http://127.0.0.1:4711/ (asks for the view token)');
});

it('one that others reach is named by an address of theirs, and asks for a token', () => {
  const open = { url: 'wss://0.0.0.0:7070', host: '0.0.0.0', hasToken: true, hasViewToken: false };
  expect(pageText(open, () => ['wss://10.0.0.5:7070'])).toBe('https://10.0.0.5:7070/ (asks for the token)');
});
