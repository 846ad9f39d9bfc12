import { expect, it } from 'vitest';
import { announcementOf, keptOf } from '../../../src/coordinator/membership/generation.ts';
import { inflatedCrowd } from '../../../src/shared/protocol/crowd.ts';

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
  expect(announcementOf(GENERATION)(1, true).members).toStrictEqual([
    { workerId: 'w0', name: 'a', address: 'wss://10.0.0.7:1', fingerprint: 'ab'.repeat(32) },
    { workerId: 'w1', name: 'b', address: '10.0.0.8:1' },
  ]);
});

it('thousands hear of each other in little, those of them that can read it', () => {
  const ids = Array.from({ length: 2_000 }, (_, rank) => rank);
  const announcement = announcementOf({
    ...GENERATION,
    members: ids.map((rank) => ({ id: `w${rank}`, name: `worker-${rank}`, address: '10.0.0.8:1' })),
    microbatches: ids.map((rank) => ({ start: rank, end: rank + 1 })),
  });
  const { deflated, ...whole } = announcement(1, true);
  expect(inflatedCrowd(deflated!)).toEqual({ members: whole.members, microbatches: whole.microbatches });
  expect(announcement(5, true).deflated).toBe(deflated);
  expect(announcement(1, false)).toStrictEqual(whole);
  expect(announcementOf(GENERATION)(1, true)).not.toHaveProperty('deflated');
});

it('the record stays as versions before can read it', () => {
  expect(keptOf(GENERATION).members).toStrictEqual([
    { workerId: 'w0', name: 'a', address: 'wss://10.0.0.7:1' },
    { workerId: 'w1', name: 'b', address: '10.0.0.8:1' },
  ]);
});
