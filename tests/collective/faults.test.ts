import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { AllReduce } from '../../src/collective/all-reduce.ts';
import { connectMesh } from '../../src/collective/connect-mesh.ts';
import { connectStar } from '../../src/collective/connect-star.ts';
import { PeersMissing } from '../../src/collective/missing.ts';
import { StarHub } from '../../src/collective/star-hub.ts';
import { connectSocket } from '../../src/shared/link/connect.ts';
import type { LinkServer } from '../../src/shared/link/link-server.ts';
import { ATTACH, type ChunkHead, encodeChunkHead } from '../../src/shared/protocol/chunk.ts';
import { CLOSE_CODES, type CloseName } from '../../src/shared/protocol/close-codes.ts';
import { PATHS } from '../../src/shared/protocol/shared.ts';
import { KEY, listen, type SocketRank, socketGroup, withPromises } from './sockets.ts';
import {
  bucketsOf,
  fillContributions,
  firstDifference,
  leafVectors,
  makeRank,
  newKernels,
  type Shape,
  serialSum,
} from './world.ts';

// Two ranks, one bucket of 2 x 64 KiB: a chunk of 65,536 bytes each way.
const SHAPE = { ranks: 2, leaves: 2, buckets: bucketsOf([2048]), generation: 5, firstStep: 10 };
const CHUNK_BYTES = 65_536;

/** A rank 0 under test, and a hostile rank 1 that says what it likes on the connection that rank 0 takes chunks from. */
interface Victim {
  readonly rank: SocketRank;
  readonly allReduce: AllReduce;
  /** Rank 1's end of rank 0's incoming link: what is sent here, rank 0 takes in. */
  readonly evil: WebSocket;
  /** With which code rank 0 closed it. */
  readonly closed: Promise<number>;
  readonly end: () => Promise<void>;
}

async function victim(shape: Shape = SHAPE): Promise<Victim> {
  const rank = withPromises(makeRank(shape, 0, await newKernels()));
  const server = await listen();
  const evilServer = await listen();
  const dialled = new Promise<WebSocket>((resolve) => {
    evilServer.acceptSockets(PATHS.peer, {
      maxPayload: 1 << 20,
      admit: () => true,
      onSocket: (ws) => {
        ws.once('message', () => resolve(ws));
        ws.on('error', () => {});
        ws.resume();
      },
    });
  });
  const members = [server, evilServer].map(({ port }, i) => ({ name: `w${i}`, address: `127.0.0.1:${port}` }));
  const connecting = connectMesh({ ...rank, server, key: KEY, members, deadlineMs: 10_000 });
  const evil = await dialled;
  const other = await dialUntilServed(server);
  const allReduce = await connecting;
  const closed = new Promise<number>((resolve) => evil.once('close', resolve));
  return {
    rank: { ...rank, allReduce },
    allReduce,
    evil,
    closed,
    end: async () => {
      allReduce.close();
      other.terminate();
      evil.terminate();
      await Promise.all([server.close(), evilServer.close()]);
    },
  };
}

/** The hostile rank's own connection, on which it gets what rank 0 sends. */
async function dialUntilServed(server: LinkServer): Promise<WebSocket> {
  const { ws } = await connectSocket({
    url: server.url,
    path: `${PATHS.peer}?rank=1`,
    credential: KEY,
    maxPayload: 1 << 20,
    who: 'rank 0',
  });
  ws.on('error', () => {});
  ws.send(ATTACH);
  ws.resume();
  return ws;
}

function head(fields: Partial<ChunkHead> = {}): ChunkHead {
  return {
    generation: 5,
    step: 10,
    phase: 'rs',
    bucket: 0,
    contribution: 0,
    owner: 0,
    chunk: 0,
    bytes: CHUNK_BYTES,
    ...fields,
  };
}

function sendChunk(
  ws: WebSocket,
  fields: Partial<ChunkHead> = {},
  bytes = fields.bytes ?? CHUNK_BYTES,
  fill = 0xee,
): void {
  ws.send(encodeChunkHead(head(fields)), { fin: false, binary: true });
  ws.send(Buffer.alloc(bytes, fill), { fin: true, binary: true });
}

const hostile: [string, CloseName, (ws: WebSocket) => void][] = [
  ['a chunk of a step to come', 'outOfTurn', (ws) => sendChunk(ws, { step: 11 })],
  ['a chunk of a step gone by', 'outOfTurn', (ws) => sendChunk(ws, { step: 9 })],
  [
    'a sum before anything was contributed to it, of another owner',
    'outOfTurn',
    (ws) => sendChunk(ws, { phase: 'ag' }),
  ],
  ['a contribution that it does not have', 'outOfTurn', (ws) => sendChunk(ws, { contribution: 1 })],
  ['a chunk of a bucket that there is not', 'outOfTurn', (ws) => sendChunk(ws, { bucket: 1 })],
  ['a chunk that there is not', 'outOfTurn', (ws) => sendChunk(ws, { chunk: 1 })],
  ['a chunk of another length', 'outOfTurn', (ws) => sendChunk(ws, { bytes: 64 })],
  ['a chunk for somebody else', 'outOfTurn', (ws) => sendChunk(ws, { owner: 1 })],
  ['less data than the head says', 'malformed', (ws) => sendChunk(ws, {}, 64)],
  ['more data than can be due', 'frameTooLarge', (ws) => sendChunk(ws, { bytes: 4 * CHUNK_BYTES })],
  ['a message that is no chunk', 'malformed', (ws) => ws.send(Buffer.from([0x93, 1, 2, 3]))],
  ['an empty message', 'malformed', (ws) => ws.send(Buffer.alloc(0))],
  ['text', 'notBinary', (ws) => ws.send('hello')],
  ['a frame of more than any chunk, in one piece', 'frameTooLarge', (ws) => ws.send(Buffer.alloc(4 * CHUNK_BYTES))],
];

describe('a rank whose peer breaks the protocol', () => {
  it.each(hostile)('closes that connection, places nothing and says so: %s', async (_, close, send) => {
    const { rank, evil, closed, end } = await victim();
    const before = rank.memory.kernels.arena.bytes(0, rank.memory.kernels.arena.used).slice();
    send(evil);
    expect((await rank.loss).rank).toBe(1);
    expect(await closed).toBe(CLOSE_CODES[close]);
    expect(Buffer.compare(rank.memory.kernels.arena.bytes(0, before.length), before)).toBe(0);
    expect(rank.reduced).toEqual([]);
    expect(rank.lost).toHaveLength(1);
    await end();
  });

  it.each([
    ['of float32 where bfloat16 travels', 'outOfTurn', { bytes: CHUNK_BYTES }],
    ['of an odd number of bytes', 'outOfTurn', { bytes: CHUNK_BYTES / 2 - 1 }],
    ['of more than the largest of the float32 tail', 'frameTooLarge', { bytes: 4 * CHUNK_BYTES }],
  ] as const)('places nothing of a chunk %s', async (_, close, fields) => {
    // The tail's chunks are the larger ones.
    const shape = { ...SHAPE, buckets: bucketsOf([2048, 2048], ['bf16', 'f32']) };
    const { rank, evil, closed, end } = await victim(shape);
    const before = rank.memory.kernels.arena.bytes(0, rank.memory.kernels.arena.used).slice();
    sendChunk(evil, fields);
    expect((await rank.loss).rank).toBe(1);
    expect(await closed).toBe(CLOSE_CODES[close]);
    expect(Buffer.compare(rank.memory.kernels.arena.bytes(0, before.length), before)).toBe(0);
    await end();
  });

  it('says that the connection broke where the peer just vanishes', async () => {
    const { rank, evil, end } = await victim();
    evil.terminate();
    expect(await rank.loss).toEqual({ rank: 1, reason: 'the connection broke off' });
    await end();
  });

  it('drops and counts frames of another generation, and goes on', async () => {
    const { rank, allReduce, evil, end } = await victim();
    sendChunk(evil, { generation: 4 });
    sendChunk(evil, { generation: 6, phase: 'ag', step: 99 });
    rank.memory.contributions[0]!.fill(1);
    allReduce.contribute(10, 0);
    const two = Buffer.from(new Float32Array(CHUNK_BYTES / 4).fill(2).buffer);
    for (const fields of [{}, { phase: 'ag', owner: 1 }] as const) {
      evil.send(encodeChunkHead(head(fields)), { fin: false, binary: true });
      evil.send(two, { fin: true, binary: true });
    }
    await rank.reducedBuckets(1);
    const quarter = CHUNK_BYTES / 4;
    expect([rank.memory.result[0], rank.memory.result[quarter]]).toEqual([3, 2]);
    expect(allReduce).toMatchObject({ framesDropped: 2, bytesReceived: 2 * CHUNK_BYTES });
    await end();
  });

  it('takes a chunk as well in one frame, or cut otherwise', async () => {
    const { rank, allReduce, evil, end } = await victim();
    const data = Buffer.from(new Float32Array(CHUNK_BYTES / 4).fill(2).buffer);
    rank.memory.contributions[0]!.fill(1);
    allReduce.contribute(10, 0);
    evil.send(Buffer.concat([encodeChunkHead(head()), data]));
    const sum = Buffer.concat([encodeChunkHead(head({ phase: 'ag', owner: 1 })), data]);
    evil.send(sum.subarray(0, 20), { fin: false, binary: true });
    evil.ping();
    evil.send(sum.subarray(20, 1000), { fin: false, binary: true });
    evil.send(sum.subarray(1000), { fin: true, binary: true });
    await rank.reducedBuckets(1);
    expect([rank.memory.result[0], rank.memory.result[CHUNK_BYTES / 4]]).toEqual([3, 2]);
    await end();
  });

  it('stops reading from a peer that runs ahead, instead of keeping what it sends', async () => {
    const { rank, allReduce, evil, end } = await victim();
    // The peer owns a segment of step 10 that this rank has not contributed to: no memory may be written yet.
    const [arenaBefore, resultBefore] = [rank.memory.kernels.arena.used, rank.memory.result.slice()];
    for (let step = 10; step < 14; step++) sendChunk(evil, { step });
    sendChunk(evil, { step: 14 }, CHUNK_BYTES, 0x01); // the fifth finds the ring full
    for (let i = 0; i < 400; i++) evil.send(Buffer.alloc(CHUNK_BYTES)); // 26 MB that nobody asked for
    while (allReduce.bytesReceived < 4 * CHUNK_BYTES) await new Promise((resolve) => setImmediate(resolve));
    const unread = () => evil.bufferedAmount;
    let last = -1;
    // Until TCP's own buffers are full and what is left stays with the sender.
    while (unread() !== last) {
      last = unread();
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(unread()).toBeGreaterThan(10_000_000);
    expect(rank.lost).toEqual([]);
    expect(rank.memory.kernels.arena.used).toBe(arenaBefore);
    expect(firstDifference(rank.memory.result, resultBefore)).toBeNull();
    expect(allReduce.bytesReceived).toBe(4 * CHUNK_BYTES);
    await end();
  });
});

describe('an aborted step', () => {
  it('lets no late byte reach memory in use, not even of a chunk that was coming in', async () => {
    const { rank, allReduce, evil, end } = await victim();
    rank.memory.contributions[0]!.fill(1);
    allReduce.contribute(10, 0);
    // The sum of rank 1's segment is coming into the result, and half of it has come.
    const raw = rawSocket(evil);
    const payload = Buffer.alloc(CHUNK_BYTES, 0xee);
    const header = Buffer.from([0x80, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
    raw.write(Buffer.concat([Buffer.from([2, 64]), encodeChunkHead(head({ phase: 'ag', owner: 1 })), header]));
    raw.write(payload.subarray(0, 30_000));
    const segment = rank.memory.result.subarray(CHUNK_BYTES / 4);
    const bytes = new Uint8Array(segment.buffer, segment.byteOffset, segment.byteLength);
    while (bytes[29_999] !== 0xee) await new Promise((resolve) => setImmediate(resolve));
    allReduce.abort(10);
    rank.memory.result.fill(7);
    raw.write(payload.subarray(30_000));
    sendChunk(evil);
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(rank.memory.result.every((value) => value === 7)).toBe(true);
    allReduce.close();
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(rank.memory.result.every((value) => value === 7)).toBe(true);
    expect([rank.reduced, rank.lost]).toEqual([[], []]);
    await end();
  });

  it.each(['mesh', 'star'] as const)('is run again in a new generation with the right sum (%s)', async (topology) => {
    const shape = { ranks: 3, leaves: 5, buckets: bucketsOf([20_000, 3000]), firstStep: 3 };
    const leaves = leafVectors(shape, 1);
    const first = await socketGroup(topology, shape);
    for (const rank of first.ranks) fillContributions(rank, leaves);
    // Rank 2 never contributes its second bucket; the others are in the middle of the step.
    for (const { allReduce, group } of first.ranks) {
      allReduce.contribute(3, 0);
      if (group.rank !== 2) allReduce.contribute(3, 1);
    }
    await first.ranks[0]!.reducedBuckets(1);
    for (const { allReduce } of first.ranks) allReduce.abort(3);
    for (const { allReduce } of first.ranks) allReduce.contribute(3, 1); // an engine that has not heard yet
    await first.close();
    for (const { reduced, lost } of first.ranks) {
      expect(reduced).not.toContain('3:1');
      expect(lost).toEqual([]);
    }
    const second = await socketGroup(topology, { ...shape, generation: 2 });
    for (const rank of second.ranks) {
      fillContributions(rank, leaves);
      rank.allReduce.contribute(3, 0);
      rank.allReduce.contribute(3, 1);
    }
    await Promise.all(second.ranks.map((rank) => rank.reducedBuckets(2)));
    for (const { memory } of second.ranks) expect(firstDifference(memory.result, serialSum(leaves))).toBeNull();
    await second.close();
  });
});

/** The TCP socket under a server's WebSocket, to send half a frame with. */
function rawSocket(ws: WebSocket): { write(bytes: Uint8Array): void } {
  return (ws as unknown as { _socket: { write(bytes: Uint8Array): void } })._socket;
}

describe('leaving', () => {
  it.each(['mesh', 'star'] as const)("after the last step is nobody's loss (%s)", async (topology) => {
    const shape = { ranks: 3, leaves: 3, buckets: bucketsOf([100]) };
    const group = await socketGroup(topology, shape);
    for (const { allReduce } of group.ranks) allReduce.contribute(0, 0);
    await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(1)));
    await group.close();
    for (const { lost } of group.ranks) expect(lost).toEqual([]);
  });

  it('is a loss for those who begin another step', async () => {
    const group = await socketGroup('mesh', { ranks: 2, leaves: 2, buckets: bucketsOf([100]) });
    for (const { allReduce } of group.ranks) allReduce.contribute(0, 0);
    await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(1)));
    const [leaver, stayer] = group.ranks;
    leaver!.allReduce.close();
    stayer!.allReduce.contribute(1, 0);
    expect((await stayer!.loss).rank).toBe(0);
    await group.close();
  });

  it('in the middle of a step is told to the hub and by it', async () => {
    const group = await socketGroup('star', { ranks: 2, leaves: 2, buckets: bucketsOf([100]) });
    group.ranks[0]!.allReduce.contribute(0, 0);
    group.ranks[1]!.allReduce.contribute(0, 0);
    await Promise.all(group.ranks.map((rank) => rank.reducedBuckets(1)));
    group.ranks[0]!.allReduce.contribute(1, 0);
    group.ranks[1]!.allReduce.close();
    expect((await group.hubLoss).rank).toBe(1);
    group.hub!.close();
    expect((await group.ranks[0]!.loss).rank).toBeNull();
    await group.close();
  });
});

describe('connecting', () => {
  it('names who is missing when the deadline passes', async () => {
    const rank = withPromises(makeRank({ ...SHAPE, ranks: 3 }, 0, await newKernels()));
    const [server, silent] = [await listen(), await listen()];
    const closedPort = await listen();
    await closedPort.close();
    const members = [server, silent, closedPort].map(({ port }, i) => ({
      name: `w${i}`,
      address: `127.0.0.1:${port}`,
    }));
    const failure = await connectMesh({ ...rank, server, key: KEY, members, deadlineMs: 150 }).catch((e: unknown) => e);
    expect(failure).toBeInstanceOf(PeersMissing);
    expect(failure).toMatchObject({ code: 'PEERS_MISSING', exitCode: 75, ranks: [1, 2] });
    expect((failure as Error).message).toMatch(
      /^Generation 5 is not connected after 0.15 s\. rank 1 \(w1\).*rank 2 \(w2\)/,
    );
    expect((failure as Error).message).toContain('nothing listens there');
    await Promise.all([server.close(), silent.close()]);
  });

  it('names a peer at whose address something else answers, and is not ended by it', async () => {
    const rank = withPromises(makeRank({ ...SHAPE, ranks: 3 }, 0, await newKernels()));
    const server = await listen();
    const page = createServer((_, response) => void response.writeHead(200).end()).listen(0, '127.0.0.1');
    await once(page, 'listening');
    const { port } = page.address() as AddressInfo;
    const members = [
      { name: 'w0', address: server.url },
      { name: 'w1', address: `127.0.0.1:${port}` },
      // Without TLS no certificate can be shown.
      { name: 'w2', address: `127.0.0.1:${server.port}`, fingerprint: 'ab'.repeat(32) },
    ];
    await expect(connectMesh({ ...rank, server, key: KEY, members, deadlineMs: 150 })).rejects.toMatchObject({
      code: 'PEERS_MISSING',
      ranks: [1, 2],
      message: expect.stringMatching(/rank 1 \(w1\).*is not rank 1 \(w1\) of gradsocket/) as string,
    });
    page.close();
    await server.close();
  });

  it('refuses a mesh with a member that accepts no connections', async () => {
    const rank = withPromises(makeRank(SHAPE, 0, await newKernels()));
    const server = await listen();
    const members = [
      { name: 'a', address: 'x:1' },
      { name: 'b', address: null },
    ];
    await expect(connectMesh({ ...rank, server, key: KEY, members, deadlineMs: 1000 })).rejects.toThrow(
      /rank 1 \(b\).*--topology star/,
    );
    await server.close();
  });

  it('lets nobody in without the key, with an unknown rank, or twice', async () => {
    const kernels = await newKernels();
    const { rank: _, ...group } = makeRank(SHAPE, 0, kernels).group;
    const server = await listen();
    const hub = new StarHub({ group, kernels, onLost: () => {} });
    hub.serve(server, KEY);
    const dial = (query: string, credential: string | null) =>
      connectSocket({ url: server.url, path: `${PATHS.reduce}${query}`, credential, maxPayload: 100, who: 'the hub' });
    for (const [query, key] of [
      ['?rank=0', null],
      ['?rank=0', 'wrong'],
      ['?rank=2', KEY],
      ['?rank=-1', KEY],
      ['', KEY],
    ] as const) {
      await expect(dial(query, key)).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
    }
    const rank = withPromises(makeRank(SHAPE, 0, kernels));
    const star = await connectStar({ ...rank, coordinator: server.url, key: KEY, deadlineMs: 5000 });
    while (!hub.has(0)) await new Promise((resolve) => setImmediate(resolve));
    await expect(dial('?rank=0', KEY)).rejects.toMatchObject({ code: 'WRONG_TOKEN' });
    star.close();
    hub.close();
    await server.close();
  });
});
