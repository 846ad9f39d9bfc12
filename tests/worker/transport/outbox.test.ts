import { describe, expect, it } from 'vitest';
import { type Kept, Outbox } from '../../../src/worker/transport/outbox.ts';

const step = (number: number): Kept => ({
  type: 'step',
  generation: 1,
  step: number,
  lossSum: 1,
  correct: 1,
  samples: 8,
  learningRate: 0.1,
  gradientNorm: 1,
  times: { data: 0, compute: 0, allReduce: 0, optimizer: 0, commit: 0, total: 0, reduce: 0 },
  bytesSent: 0,
  bytesReceived: 0,
});
const weights = (number: number): Kept => ({
  type: 'weights',
  generation: 1,
  step: number,
  weightsDigest: 'a'.repeat(64),
  statisticsDigest: null,
  optimizerDigest: null,
  engineBusy: null,
});
const evaluated = (number: number, generation = 1): Kept => ({
  type: 'evaluated',
  generation,
  step: number,
  chunks: [],
});
const names = (outbox: Outbox) => outbox.messages.map((message) => `${message.type} ${message.step}`);

function filled(): Outbox {
  const outbox = new Outbox();
  for (const message of [step(4), weights(5), step(5), evaluated(6), weights(6), step(6)]) outbox.keep(message);
  outbox.keepSnapshot({ step: 6, file: new Uint8Array(1) });
  return outbox;
}

describe('the outbox', () => {
  it('gives back all that it was given, in order', () => {
    expect(names(filled())).toEqual(['step 4', 'weights 5', 'step 5', 'evaluated 6', 'weights 6', 'step 6']);
  });

  it('forgets what is recorded: steps before, evaluations and checkpoints up to', () => {
    const outbox = filled();
    outbox.recorded({ steps: 6, evaluated: 0, saved: 5 });
    expect(names(outbox)).toEqual(['evaluated 6', 'weights 6', 'step 6']);
    expect(outbox.snapshot?.step).toBe(6);
    outbox.recorded({ steps: 7, evaluated: 6, saved: 6 });
    expect(names(outbox)).toEqual([]);
    expect(outbox.snapshot).toBeNull();
  });

  it('keeps the newest snapshot only, and what was told last of the same thing', () => {
    const outbox = filled();
    outbox.keepSnapshot({ step: 9, file: new Uint8Array(2) });
    expect(outbox.snapshot?.step).toBe(9);
    outbox.keep(evaluated(6, 2));
    expect(outbox.messages.filter(({ type }) => type === 'evaluated')).toEqual([evaluated(6, 2)]);
  });

  it('is empty once cleared', () => {
    const outbox = filled();
    outbox.clear();
    expect([outbox.messages, outbox.snapshot]).toEqual([[], null]);
  });
});
