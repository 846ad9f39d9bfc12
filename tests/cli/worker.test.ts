import { expect, it } from 'vitest';
import { settingsOf } from '../../src/cli/command/settings.ts';
import { listenAt } from '../../src/cli/worker.ts';
import { workerOptions } from '../../src/shared/job/options.ts';

const listening = (argv: Readonly<Record<string, string>>) =>
  listenAt(settingsOf({ schema: workerOptions, argv, environment: {}, config: null }).values);

it.each([
  [{}, '127.0.0.1', 0],
  [{ coordinator: 'ws://[::1]:7070' }, '::1', 0],
  [{ coordinator: 'ws://10.0.0.5:7070' }, '::', 0],
  [{ coordinator: 'ws://[fd00::5]:7070' }, '::', 0],
  [{ coordinator: 'wss://10.0.0.5:7070' }, '::', 0],
  [{ coordinator: 'ws://10.0.0.5:7070', listen: '10.0.0.7:99' }, '10.0.0.7', 99],
  [{ coordinator: 'ws://10.0.0.5:7070', advertise: '10.0.0.7' }, '::', 0],
  [{ coordinator: 'ws://10.0.0.5:7070', advertise: '10.0.0.7:99' }, '::', 99],
  [{ coordinator: 'ws://127.0.0.1:7070', advertise: '[fd00::7]:99' }, '::', 99],
  [{ coordinator: 'ws://127.0.0.1:7070', advertise: 'fd00::7' }, '::', 0],
])('with %j peers are heard at %s, port %i', (argv, host, port) => {
  expect(listening(argv)).toEqual({ host, port });
});

it('opens no port where it is told so', () => {
  expect(listening({ listen: 'none', advertise: '10.0.0.7' })).toBeNull();
});

it('no address is advertised that is none', () => {
  for (const advertise of ['10.0.0.7:', 'ws://x', 'a b', '[fd00::1', ':7070']) {
    expect(() => listening({ advertise })).toThrow('expects a host or host:port');
  }
});
