import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../src/shared/link/endpoints.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { toCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { vectorsOf } from './vector.ts';

/** The vector of that name with one field as long as told. */
function withField(name: string, field: string, length: number): unknown {
  const { message } = vectorsOf('to-coordinator').find((vector) => vector.name === name)!;
  const text = field === 'address' ? `${'x'.repeat(length - 2)}:1` : 'x'.repeat(length);
  const long = field === 'indexes' ? Array.from({ length }, () => 0) : text;
  return { ...message, [field]: long };
}

describe('what a worker may say has a length:', () => {
  // The numbers stand here once more, so that none of them changes by itself.
  it.each([
    ['hello', 'name', 128],
    ['hello', 'device', 256],
    ['hello', 'address', 256],
    ['ready', 'device', 256],
    ['failed', 'code', 64],
    ['failed', 'message', 4096],
    ['peerLost', 'reason', 1024],
    ['badSample', 'reason', 1024],
    ['fetch', 'indexes', 65_536],
  ])('%s.%s takes %i and not one more', (name, field, most) => {
    expect(toCoordinator.safeParse(withField(name, field, most)).success).toBe(true);
    expect(toCoordinator.safeParse(withField(name, field, most + 1)).success).toBe(false);
  });
});

it('each endpoint has its own limits', () => {
  expect(ENDPOINTS).toEqual({
    control: {
      path: '/v1/control',
      toCoordinatorBytes: 2_097_152,
      toWorkerBytes: 33_554_432,
      first: { withinMs: 10_000, bytes: 65_536 },
      sendHigh: 8_388_608,
    },
    data: {
      path: '/v1/data',
      toCoordinatorBytes: 524_288,
      toWorkerBytes: 68_157_440,
      first: null,
      sendHigh: 2_097_152,
    },
  });
});

it('the limits are those of ever', () => {
  expect(LIMITS).toEqual({
    frameBeforeHello: 65_536,
    frameControlToCoordinator: 2_097_152,
    frameControlToWorker: 33_554_432,
    frameDataToCoordinator: 524_288,
    frameDataToWorker: 68_157_440,
    sampleBytes: 67_108_864,
    fetchesInFlight: 32,
    statePartBytes: 1_048_576,
    checkpointBytes: 2_147_483_648,
    nesting: 16,
    valuesPerFrame: 1_048_576,
    handshakeMs: 10_000,
    helloMs: 10_000,
    pingIntervalMs: 5_000,
    silenceMs: 30_000,
    closingMs: 1_000,
    pingsInInterval: 64,
    connections: 1_024,
    strangers: 2_048,
    strangersOfOneAddress: 1_536,
    refusalsInSecond: 100,
    offencesForgiven: 4,
    offenderWaitMs: 5_000,
    offenceMs: 60_000,
    offendersWaiting: 64,
    visitors: 64,
    viewers: 32,
    viewerBacklog: 524_288,
    sendBufferHigh: 8_388_608,
    sendBufferHighData: 2_097_152,
    slowestReader: 262_144,
    indexesInFlight: 131_072,
    sendBufferMax: 134_217_728,
  });
});
