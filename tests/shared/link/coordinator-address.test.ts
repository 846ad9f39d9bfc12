import { expect, it } from 'vitest';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { workerOptions } from '../../../src/shared/job/options.ts';
import { coordinatorUrl } from '../../../src/shared/link/coordinator-address.ts';

const { schema } = fieldsOf(workerOptions).find(({ name }) => name === 'coordinator')!;

it.each([
  ['ws://10.0.0.5:7070', 'ws://10.0.0.5:7070'],
  ['ws://10.0.0.5', 'ws://10.0.0.5:7070'],
  ['ws://10.0.0.5/', 'ws://10.0.0.5:7070'],
  ['ws://10.0.0.5:80', 'ws://10.0.0.5:80'],
  ['10.0.0.5', 'ws://10.0.0.5:7070'],
  ['10.0.0.5:99', 'ws://10.0.0.5:99'],
  ['train.example', 'ws://train.example:7070'],
  ['localhost', 'ws://localhost:7070'],
  ['::1', 'ws://[::1]:7070'],
  ['fd00::5', 'ws://[fd00::5]:7070'],
  ['fd00::7391', 'ws://[fd00::7391]:7070'],
  ['fd00:0:0:0:0:0:0:7391', 'ws://[fd00:0:0:0:0:0:0:7391]:7070'],
  ['[::1:7391]', 'ws://[::1:7391]:7070'],
  ['[fd00::5]', 'ws://[fd00::5]:7070'],
  ['ws://[fd00::5]:99', 'ws://[fd00::5]:99'],
  ['WS://host', 'ws://host:7070'],
  ['http://10.0.0.5:7070/', 'ws://10.0.0.5:7070'],
  ['https://train.example/run7/', 'wss://train.example/run7'],
  ['wss://train.example/run7', 'wss://train.example/run7'],
  ['wss://train.example', 'wss://train.example'],
  ['ws://proxy/run7', 'ws://proxy/run7'],
  ['host_1.my-net', 'ws://host_1.my-net:7070'],
  ['zürich:99', 'ws://zürich:99'],
])('--coordinator %s leads to %s', (text, url) => {
  expect(schema.safeParse(text).success).toBe(true);
  expect(coordinatorUrl(text)).toBe(url);
});

it.each([
  '10.0.0.5:99999',
  'ws://host:70000',
  '10.0.0.256',
  '[fd00::5::1]:7070',
  'wss://10.0.0.999/run',
  // Whose port stands where another part of the address may.
  'fd00::5:7070',
  '::1:7391',
  'ws://fd00::5:17070',
  // That says nothing of the network on which it is.
  'fe80::1',
  'ws://[fe80::1]:7070',
])('--coordinator %s is told to be no address, in a sentence', (text) => {
  expect(() => coordinatorUrl(text)).toThrow(
    expect.objectContaining({ code: 'COORDINATOR_ADDRESS', exitCode: 64, message: expect.stringContaining(text) }),
  );
});

it('what is none is refused', () => {
  for (const text of [
    '',
    'ftp://x',
    'a b',
    'ws://',
    'ws://host?x=1',
    'host:port',
    'ws://host:7070#x',
    ':7070',
    '/x',
    '7070',
    'a,b',
    '*:7070',
  ]) {
    expect([text, schema.safeParse(text).success]).toEqual([text, false]);
  }
});
