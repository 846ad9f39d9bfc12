import { describe, expect, it } from 'vitest';
import { ENDPOINTS } from '../../../src/shared/link/endpoints.ts';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import { BINS } from '../../../src/shared/protocol/inspection.ts';
import { COUNTED_CLASSES, SHOWN_SAMPLES } from '../../../src/shared/protocol/shared.ts';
import { toCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { toWorker } from '../../../src/shared/protocol/to-worker.ts';
import { messageWith } from './vector.ts';

const schemas = { 'to-coordinator': toCoordinator, 'to-worker': toWorker } as const;

function takes(direction: keyof typeof schemas, name: string, place: string, value: unknown): boolean {
  return schemas[direction].safeParse(messageWith(direction, name, place, value)).success;
}

const spread = { count: 0, notFinite: 0, mean: 0, deviation: 0, min: 0, max: 0, bins: [] };
const layer = {
  ...{ name: '', gradient: { norm: 0, values: spread }, update: { ratio: 0, values: spread } },
  ...{ weightNorm: 0, alike: false },
};
const activation = { name: '', function: 'relu', values: spread, units: 0, dead: 0, saturated: 0 };

describe('what a peer may say has a length:', () => {
  // The numbers stand here once more, so that none of them changes by itself. With what an array is filled, where it is one.
  it.each([
    ['to-coordinator', 'hello', 'name', 128],
    ['to-coordinator', 'hello', 'device', 256],
    ['to-coordinator', 'hello', 'address', 256],
    ['to-coordinator', 'hello', 'release', 64],
    ['to-coordinator', 'hello-held', 'held.run', 64],
    ['to-coordinator', 'hello-held', 'held.workerId', 64],
    ['to-coordinator', 'ready', 'device', 256],
    ['to-coordinator', 'ready', 'broken', 4096],
    ['to-coordinator', 'state-to', 'to', 64],
    ['to-coordinator', 'reduced', 'to', 64],
    ['to-coordinator', 'failed', 'code', 64],
    ['to-coordinator', 'failed', 'message', 4096],
    ['to-coordinator', 'peerLost', 'reason', 1024],
    ['to-coordinator', 'badSample', 'reason', 1024],
    ['to-coordinator', 'fetch', 'indexes', 65_536, 0],
    ['to-coordinator', 'evaluated', 'chunks.0.answers', 100, 0],
    ['to-coordinator', 'evaluated', 'chunks.0.labels', 100, 0],
    ['to-coordinator', 'evaluated', 'chunks.0.shown', 12, [0, 0, 0]],
    ['to-coordinator', 'inspected', 'inspection.layers', 1024, layer],
    ['to-coordinator', 'inspected', 'inspection.activations', 1024, activation],
    ['to-coordinator', 'inspected', 'inspection.layers.0.name', 256],
    ['to-coordinator', 'inspected', 'inspection.activations.0.name', 256],
    ['to-coordinator', 'inspected', 'inspection.layers.0.gradient.values.bins', 32, 0],
    ['to-worker', 'welcome', 'workerId', 64],
    ['to-worker', 'welcome', 'run', 64],
    ['to-worker', 'welcome', 'dataset.name', 256],
    ['to-worker', 'welcome', 'dataset.classes', 100_000, 'a'],
    ['to-worker', 'welcome', 'dataset.classes.1', 256],
    ['to-worker', 'welcome', 'dataset.mean', 3, 0],
    ['to-worker', 'welcome', 'dataset.deviation', 3, 1],
    ['to-worker', 'generation', 'key', 128],
    ['to-worker', 'generation', 'members.0.workerId', 64],
    ['to-worker', 'generation', 'members.1.name', 128],
    ['to-worker', 'generation', 'members.0.address', 256],
    ['to-worker', 'give', 'to', 64],
    ['to-worker', 'cease', 'to', 64],
    ['to-worker', 'leave', 'code', 64],
    ['to-worker', 'leave', 'message', 4096],
  ] as const)('%s: %s.%s takes %i and not one more', (direction, name, place, most, item: unknown = null) => {
    const long = (length: number): unknown => {
      if (item !== null) return Array.from({ length }, () => item);
      return place === 'address' ? `${'x'.repeat(length - 2)}:1` : 'x'.repeat(length);
    };
    expect(takes(direction, name, place, long(most))).toBe(true);
    expect(takes(direction, name, place, long(most + 1))).toBe(false);
  });

  it.each([
    ['welcome', 'dataset.classes', 2, 'a'],
    ['welcome', 'dataset.mean', 1, 0],
    ['welcome', 'dataset.deviation', 1, 1],
    ['generation', 'members', 1, { workerId: '', name: '', address: null }],
  ] as const)('%s.%s takes %i and not one less', (name, place, least, item) => {
    const long = (length: number): unknown => Array.from({ length }, () => item);
    expect(takes('to-worker', name, place, long(least))).toBe(true);
    expect(takes('to-worker', name, place, long(least - 1))).toBe(false);
  });

  it('whoever makes it keeps to that', () => {
    expect([COUNTED_CLASSES, SHOWN_SAMPLES, BINS]).toEqual([100, 12, 32]);
  });
});

const HEX = '0123456789abcdef'.repeat(4);

describe('what a peer may say has a range:', () => {
  it.each([
    ['to-coordinator', 'hello-held', 'held.generation'],
    ['to-coordinator', 'hello-held', 'held.step'],
    ['to-coordinator', 'ready', 'step'],
    ['to-coordinator', 'step', 'generation'],
    ['to-coordinator', 'step', 'step'],
    ['to-coordinator', 'step', 'bytesSent'],
    ['to-coordinator', 'evaluated', 'chunks.0.index'],
    ['to-coordinator', 'evaluated', 'chunks.0.samples'],
    ['to-coordinator', 'evaluated', 'chunks.0.correct'],
    ['to-coordinator', 'state', 'offset'],
    ['to-coordinator', 'state', 'total'],
    ['to-coordinator', 'peerLost', 'rank'],
    ['to-coordinator', 'fetch', 'id'],
    ['to-coordinator', 'fetch', 'indexes.0'],
    ['to-coordinator', 'failed', 'exitCode'],
    ['to-worker', 'generation', 'rank'],
    ['to-worker', 'generation', 'step'],
    ['to-worker', 'welcome', 'dataset.validationSamples'],
    ['to-worker', 'rejoined', 'steps'],
    ['to-worker', 'recorded', 'saved'],
    ['to-worker', 'samples', 'items.0.index'],
    ['to-worker', 'samples', 'items.0.label'],
  ] as const)('%s: %s.%s is a whole number from 0 on', (direction, name, place) => {
    for (const value of [0, 1, 2 ** 53 - 1]) expect(takes(direction, name, place, value), String(value)).toBe(true);
    for (const value of [-1, 0.5, 2 ** 53, Number.NaN, '0', true, null]) {
      expect(takes(direction, name, place, value), String(value)).toBe(false);
    }
  });

  it.each([
    ['to-coordinator', 'ready', 'threads'],
    ['to-coordinator', 'ready', 'nth'],
    ['to-worker', 'welcome', 'nth'],
    ['to-worker', 'welcome', 'microbatches'],
    ['to-worker', 'welcome', 'dataset.trainSamples'],
    ['to-worker', 'welcome', 'dataset.maxPixels'],
    ['to-worker', 'welcome', 'dataset.imageShape.0'],
    ['to-worker', 'welcome', 'dataset.imageShape.1'],
  ] as const)('%s: %s.%s is a whole number from 1 on', (direction, name, place) => {
    expect(takes(direction, name, place, 1)).toBe(true);
    for (const value of [0, -1, 1.5, '1']) expect(takes(direction, name, place, value), String(value)).toBe(false);
  });

  it.each([
    ['to-coordinator', 'hello', 'fingerprint', [HEX], [HEX.slice(1), `${HEX}0`, HEX.toUpperCase(), `${HEX}\n`, null]],
    ['to-coordinator', 'ready', 'weightsDigest', [HEX], [HEX.slice(1), `${HEX}0`, `${HEX.slice(1)}g`, '', null]],
    ['to-coordinator', 'weights', 'optimizerDigest', [HEX, null, undefined], [HEX.slice(1), '', 0]],
    [
      'to-coordinator',
      'hello',
      'engine',
      ['tensorflow', 'webgpu', 'wasm', 'cpu', null],
      ['auto', 'gpu', '', undefined],
    ],
    ['to-coordinator', 'hello', 'address', ['a:1', 'a:65535', '[::1]:1', null], ['a:', 'a:123456', ':1', 'a b:1', '']],
    ['to-coordinator', 'step', 'lossSum', [0, -1, Number.NaN, Number.POSITIVE_INFINITY], ['0', null]],
    ['to-coordinator', 'step', 'gradientNorm', [0, Number.NaN, Number.POSITIVE_INFINITY], ['0', null]],
    ['to-coordinator', 'step', 'learningRate', [0, 0.1], [-0.1, Number.NaN, null]],
    ['to-coordinator', 'step', 'samples', [0, 1], [-1, null]],
    ['to-coordinator', 'step', 'times.data', [0, 0.5], [-0.5, null]],
    [
      'to-coordinator',
      'evaluated',
      'chunks.0.shown',
      [[[0, 0, 0]], [[1, 2, 1]]],
      [[[0, 0, 1.1]], [[0, 0, -0.1]], [[0, 0]]],
    ],
    ['to-coordinator', 'inspected', 'inspection.activations.0.dead', [0, 1], [-0.1, 1.1, null]],
    ['to-coordinator', 'fetch', 'split', ['train', 'validation'], ['test', '', null]],
    ['to-worker', 'generation', 'topology', ['mesh', 'star'], ['ring', '', null]],
    ['to-worker', 'welcome', 'dataset.imageShape.2', [1, 3], [0, 2, 4]],
    ['to-worker', 'welcome', 'dataset.encoding', ['raw', 'image'], ['jpeg', null]],
    ['to-worker', 'welcome', 'dataset.deviation.0', [0.1], [0, -0.1]],
    ['to-worker', 'welcome', 'dataset.classWeights', [[0, 1]], [[-1, 1]]],
    ['to-worker', 'state', 'data', [new Uint8Array()], ['', [], null]],
  ] as const)('%s: %s.%s', (direction, name, place, good, bad) => {
    for (const value of good) expect(takes(direction, name, place, value), String(value)).toBe(true);
    for (const value of bad) expect(takes(direction, name, place, value), String(value)).toBe(false);
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
