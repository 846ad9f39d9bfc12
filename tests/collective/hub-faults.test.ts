import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { connectStar } from '../../src/collective/connect-star.ts';
import { StarHub } from '../../src/collective/star-hub.ts';
import { connectSocket } from '../../src/shared/link/connect.ts';
import { ATTACH, type ChunkHead, encodeChunkHead } from '../../src/shared/protocol/chunk.ts';
import { CLOSE_CODES, type CloseName } from '../../src/shared/protocol/close-codes.ts';
import { PATHS } from '../../src/shared/protocol/shared.ts';
import { KEY, listen, withPromises } from './sockets.ts';
import { bucketsOf, makeRank, newKernels } from './world.ts';

const SHAPE = { ranks: 2, leaves: 2, buckets: bucketsOf([10]), generation: 2 };
const BYTES = 640;

function chunk(fields: Partial<ChunkHead> = {}, bytes = BYTES): Buffer {
  const head = {
    ...{ generation: 2, step: 0, phase: 'rs', bucket: 0, contribution: 0, owner: 0, chunk: 0, bytes: BYTES },
    ...fields,
  } as ChunkHead;
  return Buffer.concat([encodeChunkHead(head), Buffer.alloc(bytes)]);
}

const hostile: [string, CloseName, (ws: WebSocket) => void][] = [
  ['a sum', 'outOfTurn', (ws) => ws.send(chunk({ phase: 'ag' }))],
  ['a step to come', 'outOfTurn', (ws) => ws.send(chunk({ step: 1 }))],
  ['data of another length than announced', 'malformed', (ws) => ws.send(chunk({}, 64))],
  ['more than a chunk', 'frameTooLarge', (ws) => ws.send(Buffer.alloc(100_000))],
  ['an empty message', 'malformed', (ws) => ws.send(Buffer.alloc(0))],
  ['text', 'notBinary', (ws) => ws.send('hello')],
];

describe('the hub of a star', () => {
  it.each(hostile)('closes the connection of a worker that sends it %s, and only that', async (_, close, send) => {
    const server = await listen();
    const kernels = await newKernels();
    const honest = withPromises(makeRank(SHAPE, 0, kernels));
    const { rank: _rank, ...group } = honest.group;
    const lost: number[] = [];
    const hub = new StarHub({ group, kernels, onLost: (rank) => lost.push(rank) });
    hub.serve(server, KEY);
    const star = await connectStar({ ...honest, coordinator: server.url, key: KEY, deadlineMs: 5000 });
    const { ws } = await connectSocket({
      ...{ url: server.url, path: `${PATHS.reduce}?rank=1`, credential: KEY, maxPayload: 1000, who: 'the hub' },
    });
    ws.send(ATTACH);
    ws.send(chunk({ generation: 1 }));
    send(ws);
    ws.resume();
    const code = await new Promise<number>((resolve) => ws.once('close', resolve));
    expect(code).toBe(CLOSE_CODES[close]);
    expect(lost).toEqual([1]);
    expect(hub.framesDropped).toBe(1);
    expect(honest.lost).toEqual([]);
    star.close();
    hub.close();
    await server.close();
  });

  it('does not take as a link a connection that says something else than attach first', async () => {
    const server = await listen();
    const kernels = await newKernels();
    const { rank: _rank, ...group } = makeRank(SHAPE, 0, kernels).group;
    const hub = new StarHub({ group, kernels, onLost: () => {} });
    hub.serve(server, KEY);
    const { ws } = await connectSocket({
      ...{ url: server.url, path: `${PATHS.reduce}?rank=1`, credential: KEY, maxPayload: 1000, who: 'the hub' },
    });
    ws.send(chunk());
    ws.resume();
    expect(await new Promise<number>((resolve) => ws.once('close', resolve))).toBe(CLOSE_CODES.malformed);
    expect(hub.has(1)).toBe(false);
    hub.close();
    await server.close();
  });
});
