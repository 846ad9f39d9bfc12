import { describe, expect, it } from 'vitest';
import { ownedChunks } from '../../src/collective/chunk-plan.ts';
import { ChunkStream } from '../../src/collective/chunk-stream.ts';
import type { ChunkHead } from '../../src/shared/protocol/chunk.ts';
import { ProtocolError } from '../../src/shared/protocol/protocol-error.ts';
import { bucketsOf } from './world.ts';

/** Two chunks of the first bucket, one of the second: of steps 7, 8 and so on. */
const owned = ownedChunks(bucketsOf([2, 1]), 1, 0, 16);
const stream = (contributions = 2): ChunkStream =>
  new ChunkStream({ generation: 3, firstStep: 7, phase: 'rs', owned, contributions });
const due = (of: ChunkStream): ChunkHead => of.head(of.nextChunk, of.nextContribution);

describe('the chunks of one phase between two ranks', () => {
  it('come step by step, chunk by chunk, contribution by contribution', () => {
    const one = stream();
    const come = Array.from({ length: 8 }, () => {
      const head = due(one);
      one.expect(head);
      one.advance();
      return [head.step, head.bucket, head.chunk, head.contribution];
    });
    expect(come).toEqual([
      [7, 0, 0, 0],
      [7, 0, 0, 1],
      [7, 0, 1, 0],
      [7, 0, 1, 1],
      [7, 1, 0, 0],
      [7, 1, 0, 1],
      [8, 0, 0, 0],
      [8, 0, 0, 1],
    ]);
    expect(due(one)).toEqual({
      ...{ generation: 3, step: 8, phase: 'rs', bucket: 0, contribution: 0, owner: 0, chunk: 1, bytes: 64 },
    });
    expect(one.at(4)).toEqual({ chunk: owned.chunks[1], stepIndex: 1 });
  });

  it('are begun with the first of their contributions, and complete with the last', () => {
    const one = stream(3);
    const seen: number[][] = [];
    for (let frames = 0; frames < 5; frames++) {
      seen.push([one.begun, one.complete]);
      one.advance();
    }
    expect(seen).toEqual([
      [0, 0],
      [1, 0],
      [1, 0],
      [1, 1],
      [2, 1],
    ]);
  });

  it('are waited for from nobody who has none', () => {
    const none = stream(0);
    expect([none.begun, none.complete]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(() => none.expect(due(stream()))).toThrow(/^No rs chunk is due from you, but .* came\.$/);
    expect(() => none.expect(due(stream()))).toThrow(expect.objectContaining({ close: 'outOfTurn' }));
    const nothing = { owner: 0, chunks: [], ends: [], maxBytes: 0 };
    const ownsNothing = new ChunkStream({ generation: 3, firstStep: 7, phase: 'ag', owned: nothing, contributions: 1 });
    expect(() => ownsNothing.expect({ ...due(stream()), phase: 'ag' })).toThrow(/^No ag chunk is due from you/);
  });

  it.each([
    { generation: 4 },
    { step: 8 },
    { phase: 'ag' },
    { bucket: 1 },
    { contribution: 1 },
    { owner: 1 },
    { chunk: 1 },
    { bytes: 60 },
  ] as const)('are refused out of turn: %j', (other) => {
    const one = stream();
    const refuse = (): void => one.expect({ ...due(one), ...other });
    expect(refuse).toThrow(ProtocolError);
    expect(refuse).toThrow(expect.objectContaining({ close: 'outOfTurn' }));
    expect(refuse).toThrow(/^Due is .*; came .*\.$/);
  });
});
