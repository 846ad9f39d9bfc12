import { expect, it } from 'vitest';
import { reachableUrls } from '../../../src/shared/link/reachable.ts';

const v4 = (address: string, internal = false) => ({ address, family: 'IPv4' as const, internal });
const v6 = (address: string, internal = false) => ({ address, family: 'IPv6' as const, internal });
const machine = {
  lo: [v4('127.0.0.1', true), v6('::1', true)],
  docker0: [v4('172.17.0.1')],
  eth0: [v4('10.0.0.5'), v6('fd00::5'), v6('fe80::5')],
  wlan0: [v4('192.168.1.7'), v4('169.254.3.4')],
};

it('an address that others reach is given as it is', () => {
  expect(reachableUrls('ws://10.0.0.9:7070', machine)).toEqual(['ws://10.0.0.9:7070']);
  expect(reachableUrls('wss://[fd00::9]:7070', machine)).toEqual(['wss://[fd00::9]:7070']);
});

it('where it listens on all addresses, those of the machine are given, of its containers last', () => {
  expect(reachableUrls('ws://0.0.0.0:7070', machine)).toEqual([
    'ws://10.0.0.5:7070',
    'ws://192.168.1.7:7070',
    'ws://172.17.0.1:7070',
  ]);
  expect(reachableUrls('wss://[::]:99', machine).slice(0, 3)).toEqual([
    'wss://10.0.0.5:99',
    'wss://192.168.1.7:99',
    'wss://[fd00::5]:99',
  ]);
});

it('without a network it is this machine alone', () => {
  expect(reachableUrls('ws://0.0.0.0:7070', { lo: machine.lo })).toEqual(['ws://127.0.0.1:7070']);
  expect(reachableUrls('ws://[::]:7070', {})).toEqual(['ws://[::1]:7070']);
});
