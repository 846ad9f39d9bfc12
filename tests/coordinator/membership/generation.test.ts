import { expect, it } from 'vitest';
import { announcementOf, keptOf } from '../../../src/coordinator/membership/generation.ts';

const GENERATION = {
  number: 2,
  key: 'k',
  topology: 'mesh',
  firstStep: 7,
  members: [
    { id: 'w0', name: 'a', address: 'wss://10.0.0.7:1', fingerprint: 'ab'.repeat(32) },
    { id: 'w1', name: 'b', address: '10.0.0.8:1' },
  ],
  microbatches: [
    { start: 0, end: 1 },
    { start: 1, end: 2 },
  ],
} as const;

it('members hear by which certificate to know each other', () => {
  expect(announcementOf(GENERATION)(1).members).toStrictEqual([
    { workerId: 'w0', name: 'a', address: 'wss://10.0.0.7:1', fingerprint: 'ab'.repeat(32) },
    { workerId: 'w1', name: 'b', address: '10.0.0.8:1' },
  ]);
});

it('the record stays as versions before can read it', () => {
  expect(keptOf(GENERATION).members).toStrictEqual([
    { workerId: 'w0', name: 'a', address: 'wss://10.0.0.7:1' },
    { workerId: 'w1', name: 'b', address: '10.0.0.8:1' },
  ]);
});
