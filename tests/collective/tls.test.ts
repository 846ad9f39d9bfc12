import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ChunkSink } from '../../src/collective/chunk-link.ts';
import { dial } from '../../src/collective/dial.ts';
import { fingerprintOf } from '../../src/shared/link/fingerprint.ts';
import { type KeyAndCertificate, selfSigned } from '../../src/shared/link/self-signed.ts';
import { listen, socketGroup } from './sockets.ts';
import { bucketsOf, fillContributions, firstDifference, leafVectors, serialSum } from './world.ts';

const pem = (name: string) => readFileSync(new URL(`../shared/link/tls/${name}.pem`, import.meta.url), 'utf8');
const tls = { cert: pem('cert'), key: pem('key'), ca: pem('cert') };

function own(count: number): Promise<KeyAndCertificate[]> {
  const dates = { from: new Date('2026-01-01'), until: new Date('2046-01-01') };
  return Promise.all(Array.from({ length: count }, () => selfSigned({ names: ['gradsocket'], ...dates })));
}

describe('over TLS', () => {
  it.each(['mesh', 'star'] as const)('a %s gives the same sum, by the way that copies', async (topology) => {
    const shape = { ranks: 2, leaves: 3, buckets: bucketsOf([30_000, 7]) };
    const group = await socketGroup(topology, shape, tls);
    const leaves = leafVectors(shape, 5);
    for (const rank of group.ranks) {
      fillContributions(rank, leaves);
      for (const bucket of shape.buckets.keys()) rank.allReduce.contribute(0, bucket);
    }
    await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(2)));
    for (const { memory } of group.ranks) expect(firstDifference(memory.result, serialSum(leaves))).toBeNull();
    await group.close();
    for (const { lost } of group.ranks) expect(lost).toEqual([]);
  });

  it('ranks of a mesh believe the certificate of which they were told, each of another one, and no authority', async () => {
    const shape = { ranks: 3, leaves: 3, buckets: bucketsOf([7]) };
    const group = await socketGroup('mesh', shape, undefined, await own(3));
    const leaves = leafVectors(shape, 5);
    for (const rank of group.ranks) {
      fillContributions(rank, leaves);
      rank.allReduce.contribute(0, 0);
    }
    await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(1)));
    await group.close();
  });

  it('a peer with another certificate than was told gets no key, and is asked again: its process may be a new one', async () => {
    const [certificate, impostors] = await own(2);
    const server = await listen(impostors);
    const attempts: string[] = [];
    const abort = new AbortController();
    const dialling = dial({
      url: server.url,
      path: '/v1/peer',
      key: 'key',
      who: 'rank 1 (b)',
      sink: {} as ChunkSink,
      maxData: 0,
      trust: { pin: fingerprintOf(certificate!.cert) },
      signal: abort.signal,
      onAttempt: ({ code }) => {
        attempts.push(code);
        if (attempts.length === 2) abort.abort(new Error('enough'));
      },
    });
    await expect(dialling).rejects.toThrow();
    expect(attempts).toEqual(['TLS_WRONG_PIN', 'TLS_WRONG_PIN']);
    await server.close();
  });
});
