import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { advertisedAddress } from '../../../src/worker/transport/address.ts';

const info = (address: string, family: 'IPv4' | 'IPv6', internal: boolean) =>
  ({ address, family, internal, netmask: '', mac: '', cidr: null }) as NetworkInterfaceInfo;
const interfaces = {
  lo: [info('127.0.0.1', 'IPv4', true)],
  eth0: [info('fe80::1', 'IPv6', false), info('10.0.0.7', 'IPv4', false)],
};

describe('advertisedAddress', () => {
  it('is where the worker listens', () => {
    expect(advertisedAddress({ host: '127.0.0.1', port: 7 }, null, interfaces)).toBe('127.0.0.1:7');
    expect(advertisedAddress({ host: '::1', port: 7 }, null, interfaces)).toBe('[::1]:7');
  });

  it('is an address that others reach where the worker listens on all', () => {
    expect(advertisedAddress({ host: '0.0.0.0', port: 7 }, null, interfaces)).toBe('10.0.0.7:7');
    expect(advertisedAddress({ host: '::', port: 7 }, null, { lo: interfaces.lo })).toBe('127.0.0.1:7');
  });

  it('is what the user says, with the port that was taken where none is said', () => {
    const listening = { host: '0.0.0.0', port: 7 };
    expect(advertisedAddress(listening, 'node-b', interfaces)).toBe('node-b:7');
    expect(advertisedAddress(listening, 'node-b:99', interfaces)).toBe('node-b:99');
    expect(advertisedAddress(listening, '[fe80::2]:99', interfaces)).toBe('[fe80::2]:99');
    expect(advertisedAddress(listening, 'fe80::2', interfaces)).toBe('[fe80::2]:7');
  });
});
