import { existsSync, readFileSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openPage, pageAddress } from '../../../src/cli/run/open-page.ts';

it('the page is where the coordinator is, by an address that a browser here reaches', () => {
  expect(pageAddress('ws://127.0.0.1:7070')).toBe('http://127.0.0.1:7070/');
  expect(pageAddress('wss://0.0.0.0:7070')).toBe('https://127.0.0.1:7070/');
  expect(pageAddress('ws://[::]:80')).toBe('http://127.0.0.1/');
  expect(pageAddress('ws://[::1]:7070')).toBe('http://[::1]:7070/');
});

it('the token is on no command line, but in a file that nobody else may read, which goes with the run', async () => {
  const opened: string[] = [];
  const page = await openPage('ws://127.0.0.1:7070', 'a&b"c', async (address) => (opened.push(address), null));
  const [file] = opened;
  expect(file).not.toContain('a&b');
  expect(statSync(file!).mode & 0o077).toBe(0);
  expect(readFileSync(file!, 'utf8')).toContain('url=http://127.0.0.1:7070/#a%26b%22c"');
  await page.close();
  expect(existsSync(file!)).toBe(false);
});

it('where there is no browser nothing is left behind, and where there is no token there is no file', async () => {
  const opened: string[] = [];
  const open = async (address: string) => (opened.push(address), 'there is none');
  expect((await openPage('ws://127.0.0.1:1', 'token', open)).trouble).toBe('there is none');
  expect(existsSync(opened[0]!)).toBe(false);
  await openPage('ws://127.0.0.1:1', null, open);
  expect(opened[1]).toBe('http://127.0.0.1:1/');
});

it('where no file can be written for it nothing is opened, and the run goes on', async () => {
  const opened: string[] = [];
  const open = async (address: string) => (opened.push(address), null);
  const page = await openPage('ws://127.0.0.1:1', 'token', open, () => Promise.reject(new Error('none can be made')));
  expect(page.trouble).toBe('none can be made');
  expect(opened).toEqual([]);
});
