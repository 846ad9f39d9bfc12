// @ts-check
import { Packr } from 'msgpackr';

const packr = new Packr({ useRecords: false, variableMapSize: true });
const DIGEST = '0'.repeat(64);
const TIMES = { data: 0, compute: 0.1, allReduce: 0.1, optimizer: 0, total: 0.2 };
const REPORT = { lossSum: 1, correct: 1, samples: 2, learningRate: 0.1, gradientNorm: 1 };

/**
 * What a worker may say, as the fields of a frame. None of them, as it is, ends a run: a worker may say that a sample is broken.
 * @type {readonly (readonly [string, Record<string, unknown>])[]}
 */
const CONTROL = [
  ['hello', { version: 1, name: 'stranger', engine: null, device: '', threads: null, address: null }],
  [
    'hello',
    {
      ...{ version: 1, name: 'stranger', engine: null, device: '', threads: null, address: '127.0.0.1:1' },
      held: { run: 'x', workerId: 'w1', generation: 1, step: 3, digest: DIGEST },
    },
  ],
  ['ready', { step: 0, weightsDigest: DIGEST, engine: 'cpu', device: '', threads: 1 }],
  ['connected', { generation: 1 }],
  ['step', { generation: 1, step: 3, ...REPORT, times: TIMES, bytesSent: 1, bytesReceived: 1 }],
  ['evaluated', { step: 5, chunks: [[0, 1, 1, 1]] }],
  [
    'weights',
    { generation: 1, step: 5, weightsDigest: DIGEST, statisticsDigest: null, optimizerDigest: null, engineBusy: false },
  ],
  ['healed', { step: 4 }],
  ['leaving', {}],
  ['failed', { code: 'X', exitCode: 70, message: 'broken' }],
  ['peerLost', { generation: 1, rank: 1, reason: 'gone' }],
  ['done', { step: 9, stopped: false }],
  ['state', { step: 4, offset: 0, total: 64, data: new Uint8Array(64) }],
  ['reduced', { step: 4, offset: 0, total: 64, to: 'w2', data: new Uint8Array(64) }],
];

/** @type {readonly (readonly [string, Record<string, unknown>])[]} */
const DATA = [
  ['fetch', { id: 1, split: 'train', indexes: [0, 1, 2] }],
  ['fetch', { id: 2, split: 'validation', indexes: [] }],
];

/** @param {() => number} random @param {(message: any) => Uint8Array} encode as a worker does */
export function frameMaker(random, encode) {
  const below = (/** @type {number} */ n) => Math.floor(random() * n);
  const among = (/** @type {readonly any[]} */ choices) => choices[below(choices.length)];
  const noise = (/** @type {number} */ length) => Buffer.from(Array.from({ length }, () => below(256)));

  /** A value of any kind that msgpack has. @returns {unknown} */
  const anything = (depth = 0) =>
    among([
      () => below(2 ** 31),
      () => -below(1000),
      () => random() * 1e300,
      () => NaN,
      () => null,
      () => random() < 0.5,
      () => 'x'.repeat(below(300)),
      () => noise(below(200)),
      () => (depth > 5 ? 0 : Array.from({ length: below(6) }, () => anything(depth + 1))),
      () =>
        depth > 5 ? 0 : Object.fromEntries(Array.from({ length: below(6) }, (_, i) => [`k${i}`, anything(depth + 1)])),
      () => 2n ** 63n - 1n,
    ])();

  /** A message with a field that is another, missing, or too much. @param {Record<string, unknown>} message */
  const twisted = (message) => {
    const fields = { ...message };
    const key = among(Object.keys(fields));
    const way = below(3);
    if (way === 0) delete fields[key];
    else if (way === 1) fields[key] = anything();
    else fields[`extra${below(9)}`] = anything();
    return fields;
  };

  /** @param {Buffer} bytes */
  const mangled = (bytes) => {
    const copy = Buffer.from(bytes);
    for (let flips = copy.length === 0 ? 0 : 1 + below(6); flips > 0; flips--) {
      const at = below(copy.length);
      copy.writeUInt8((copy[at] ?? 0) ^ (1 << below(8)), at);
    }
    return random() < 0.3 ? copy.subarray(0, below(copy.length + 1)) : copy;
  };

  /** The payload of a frame for an endpoint. @param {'control' | 'data'} endpoint @returns {Buffer} */
  return (endpoint) => {
    const [type, fields] = among(endpoint === 'control' ? CONTROL : DATA);
    const whole = () => Buffer.from(encode({ type, ...fields }));
    switch (below(6)) {
      case 0:
        return noise(below(400));
      case 1:
        return packr.pack(anything());
      case 2:
        return packr.pack([type, twisted(fields)]);
      case 3:
        return mangled(whole());
      case 4:
        return Buffer.concat([whole(), noise(below(20))]);
      default:
        return whole();
    }
  };
}

/**
 * A WebSocket frame as a client sends it, now and then one that no client should.
 * @param {Buffer} payload @param {() => number} random
 */
export function clientFrame(payload, random) {
  const odd = random() < 0.1;
  const opcode = odd ? Math.floor(random() * 16) : 2;
  const first = (odd && random() < 0.5 ? Math.floor(random() * 8) << 4 : 0x80) | opcode;
  const masked = !(odd && random() < 0.3);
  const announced = odd && random() < 0.3 ? Math.floor(random() * 2 ** 40) : payload.length;
  const head = [first];
  const bit = masked ? 0x80 : 0;
  if (announced < 126) head.push(bit | announced);
  else if (announced < 65_536) head.push(bit | 126, announced >> 8, announced & 255);
  else {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(announced));
    head.push(bit | 127, ...length);
  }
  if (!masked) return Buffer.concat([Buffer.from(head), payload]);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from(head), Buffer.alloc(4), payload]);
}
