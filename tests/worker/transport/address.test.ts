import { describe, expect, it } from 'vitest';
import { advertisedAddress } from '../../../src/worker/transport/address.ts';

describe('advertisedAddress', () => {
  it('is where the worker listens', () => {
    expect(advertisedAddress({ host: '127.0.0.1', port: 7 }, null, '10.0.0.7')).toBe('127.0.0.1:7');
    expect(advertisedAddress({ host: '::1', port: 7 }, null, '10.0.0.7')).toBe('[::1]:7');
    expect(advertisedAddress({ host: 'node-b', port: 7 }, null, '10.0.0.7')).toBe('node-b:7');
  });

  it.each([
    ['10.0.0.7', '10.0.0.7:7'],
    ['::ffff:10.0.0.7', '10.0.0.7:7'],
    ['fd00::7', '[fd00::7]:7'],
    ['fe80::7%eth0', '[fe80::7]:7'],
    [null, '127.0.0.1:7'],
  ])('is from where the coordinator was reached, %s, where the worker listens on all addresses', (local, expected) => {
    for (const host of ['0.0.0.0', '::', '']) expect(advertisedAddress({ host, port: 7 }, null, local)).toBe(expected);
  });

  it('is what the user says, with the port that was taken where none is said', () => {
    const listening = { host: '0.0.0.0', port: 7 };
    expect(advertisedAddress(listening, 'node-b', '10.0.0.7')).toBe('node-b:7');
    expect(advertisedAddress(listening, 'node-b:99', '10.0.0.7')).toBe('node-b:99');
    expect(advertisedAddress(listening, '[fe80::2]:99', '10.0.0.7')).toBe('[fe80::2]:99');
    expect(advertisedAddress(listening, '[fd00::2]', '10.0.0.7')).toBe('[fd00::2]:7');
    expect(advertisedAddress(listening, 'fd00::2', '10.0.0.7')).toBe('[fd00::2]:7');
  });
});
