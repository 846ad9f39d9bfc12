import { expect, it } from 'vitest';
import { settingsOf } from '../../src/cli/command/settings.ts';
import { listenAt } from '../../src/cli/worker.ts';
import { type WorkerOptions, workerOptions } from '../../src/shared/job/options.ts';
import { coordinatorUrl } from '../../src/shared/link/coordinator-address.ts';

const asWorkers = (options: WorkerOptions): WorkerOptions => ({
  ...options,
  coordinator: coordinatorUrl(options.coordinator),
});
const listening = (argv: Readonly<Record<string, string>>) =>
  listenAt(asWorkers(settingsOf({ schema: workerOptions, argv, environment: {}, config: null }).values));

it.each([
  [{}, '127.0.0.1', 0],
  [{ coordinator: 'ws://[::1]:7070' }, '::1', 0],
  [{ coordinator: 'ws://10.0.0.5:7070' }, '::', 0],
  [{ coordinator: 'ws://[fd00::5]:7070' }, '::', 0],
  [{ coordinator: 'wss://10.0.0.5:7070' }, '::', 0],
  [{ coordinator: 'ws://10.0.0.5:7070', listen: '10.0.0.7:99' }, '10.0.0.7', 99],
  [{ coordinator: '10.0.0.5' }, '::', 0],
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
    expect(() => listening({ advertise })).toThrow(
      /expects a host or host:port|did you mean (x|10\.0\.0\.7)\?|it is one address/,
    );
  }
  for (const listen of ['127.0.0.1:0', 'none']) {
    expect(() => listening({ listen, advertise: '10.0.0.7:99999' })).toThrow('a port is at most 65535');
  }
});

it('takes the first free port of a range, which a firewall can let through', () => {
  expect(listening({ listen: '0.0.0.0:7100-7120' })).toEqual({ host: '0.0.0.0', port: 7100, lastPort: 7120 });
  expect(listening({ listen: '[::]:7100-7100' })).toEqual({ host: '::', port: 7100, lastPort: 7100 });
  for (const listen of ['0.0.0.0:7120-7100', '0.0.0.0:7100-70000', '0.0.0.0:0-5']) {
    expect(() => listening({ listen })).toThrow('the ports of a range rise');
  }
  expect(() => listening({ listen: '0.0.0.0:99999' })).toThrow('a port is at most 65535');
});
