import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../src/shared/protocol/limits.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import { Giver } from '../../../src/worker/transport/giver.ts';

const VECTOR = new Float32Array([1, 2, 3, 4]);

/** Each message waits until `take` lets it through. */
function start(options: { readonly stateBytes?: number; readonly leastBound?: number; readonly fails?: boolean } = {}) {
  const { stateBytes = 40, leastBound = 0, fails = false } = options;
  const sent: string[] = [];
  const messages: ToCoordinator[] = [];
  const gates: (() => void)[] = [];
  let committed = 0;
  let stateSize = stateBytes;
  const giver = new Giver({
    stream: async (parts, wanted) => {
      for (const part of parts) {
        if (!wanted()) return false;
        if ('to' in part && 'step' in part) sent.push(`${part.type} ${part.step} to ${part.to}`);
        messages.push(part);
        await new Promise<void>((resolve) => gates.push(resolve));
        if (fails) return false;
      }
      return true;
    },
    snapshot: () => ({ step: committed, file: new Uint8Array(stateSize) }),
    onError: (error) => {
      throw error;
    },
    leastBound,
  });
  return {
    giver,
    sent,
    messages,
    commit: (vector = VECTOR) => giver.committed(committed++, vector),
    adopt: (step: number) => {
      committed = step;
    },
    grow: (bytes: number) => {
      stateSize = bytes;
    },
    take: async (count = 100) => {
      for (let turn = 0; turn < count; turn++) {
        gates.shift()?.();
        for (let i = 0; i < 10; i++) await Promise.resolve();
      }
    },
  };
}

describe('a giver', () => {
  it('sends the state, then the vector of each step that is committed, until it is to cease', async () => {
    const { giver, sent, commit, take } = start();
    giver.give('w1', true);
    commit();
    commit();
    await take();
    commit();
    await take();
    expect(sent).toEqual(['state 0 to w1', 'reduced 0 to w1', 'reduced 1 to w1', 'reduced 2 to w1']);
    giver.cease('w1');
    commit();
    await take();
    expect(sent).toHaveLength(4);
  });

  it('sends the state anew where it was itself given a newer one: it has no vectors of the steps between', async () => {
    const { giver, sent, commit, adopt, take } = start({ leastBound: 1000 });
    giver.give('w1', true);
    commit();
    await take();
    adopt(3);
    commit();
    commit();
    await take();
    expect(sent).toEqual(['state 0 to w1', 'reduced 0 to w1', 'state 4 to w1', 'reduced 4 to w1']);
  });

  it('sends the state alone to one that does not follow', async () => {
    const { giver, sent, commit, take } = start();
    giver.give('w1', false);
    await take();
    commit();
    await take();
    expect(sent).toEqual(['state 0 to w1']);
  });

  it('sends what the vector was when it was committed', async () => {
    const { giver, messages, commit, take } = start();
    giver.give('w1', true);
    const vector = VECTOR.slice();
    commit(vector);
    vector.fill(0);
    await take();
    const part = messages.at(-1);
    expect(part.type === 'reduced' && new Float32Array(part.data.slice().buffer)).toEqual(VECTOR);
  });

  it('sends nothing while a step is being committed: its report goes first', async () => {
    const { giver, sent, commit, take } = start();
    giver.give('w1', true);
    expect(sent).toEqual([]);
    await take();
    commit();
    expect(sent).toEqual(['state 0 to w1']);
    await take();
    expect(sent).toEqual(['state 0 to w1', 'reduced 0 to w1']);
  });

  it('sends the state anew where vectors that wait weigh more than it', async () => {
    const { giver, sent, commit, take } = start({ stateBytes: 40 });
    giver.give('w1', true);
    await take(1);
    for (let step = 0; step < 3; step++) commit();
    commit();
    await take();
    // Two vectors of 16 bytes fit; with the third, the state after it is sent instead, and then the fourth.
    expect(sent).toEqual(['state 0 to w1', 'state 3 to w1', 'reduced 3 to w1']);
  });

  it('keeps as many vectors as weigh what the state does, or the least bound, to the byte', async () => {
    for (const [stateBytes, leastBound, kept] of [
      [32, 0, 2],
      [31, 0, 1],
      [1, 48, 3],
      [1, 47, 2],
    ] as const) {
      const { giver, sent, commit, take } = start({ stateBytes, leastBound });
      giver.give('w1', true);
      await take(1);
      for (let step = 0; step < kept; step++) commit();
      await take();
      expect(sent.at(-1)).toBe(`reduced ${kept - 1} to w1`);
      await take(1);
      for (let step = 0; step <= kept; step++) commit();
      await take();
      expect(sent).toContain(`state ${2 * kept + 1} to w1`);
    }
  });

  it('measures what waits by the newest state', async () => {
    const { giver, sent, commit, grow, take } = start({ stateBytes: 16 });
    giver.give('w1', true);
    await take(1);
    grow(48);
    commit();
    commit();
    // The second did not fit: a state of 48 bytes is to be sent instead, and three vectors may wait behind it.
    for (let step = 0; step < 3; step++) commit();
    await take();
    expect(sent).toEqual(['state 0 to w1', 'state 2 to w1', ...[2, 3, 4].map((step) => `reduced ${step} to w1`)]);
  });

  it('sends one message after the other, also where more is committed meanwhile', async () => {
    const { giver, sent, commit, take } = start({ stateBytes: LIMITS.statePartBytes + 1 });
    giver.give('w1', true);
    await take(1);
    commit();
    await take(0);
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    expect(sent).toEqual(['state 0 to w1']);
    await take();
    expect(sent).toEqual(['state 0 to w1', 'state 0 to w1', 'reduced 0 to w1']);
  });

  it('sends no vector to one that does not follow, also where its state still waits', async () => {
    const { giver, sent, commit, take } = start();
    giver.give('w1', false);
    await take(1);
    commit();
    await take();
    expect(sent).toEqual(['state 0 to w1']);
  });

  it('tells of what went wrong', async () => {
    const wrong = new Error('no memory');
    const told: unknown[] = [];
    const giver = new Giver({
      stream: () => Promise.reject(wrong),
      snapshot: () => ({ step: 0, file: new Uint8Array(1) }),
      onError: (error) => told.push(error),
    });
    giver.give('w1', true);
    await giver.sent();
    expect(told).toEqual([wrong]);
  });

  it('has told all that was committed when it says so', async () => {
    const { giver, sent, commit, take } = start();
    giver.give('w1', true);
    giver.give('w2', true);
    await take();
    commit();
    let done = false;
    void giver.sent().then(() => {
      done = true;
    });
    await take(1);
    expect(done).toBe(false);
    await take();
    expect(done).toBe(true);
    expect(sent.filter((part) => part.startsWith('reduced'))).toHaveLength(2);
  });

  it('begins anew when it is asked again, and ends what it was sending', async () => {
    const { giver, sent, take } = start({ stateBytes: LIMITS.statePartBytes + 1 });
    giver.give('w1', true);
    await take(1);
    giver.give('w1', true);
    await take();
    expect(sent).toEqual(['state 0 to w1', 'state 0 to w1', 'state 0 to w1']);
  });

  it('gives nothing more to one that cannot be sent to', async () => {
    const { giver, sent, commit, take } = start({ fails: true });
    giver.give('w1', true);
    await take();
    commit();
    await take();
    expect(sent).toEqual(['state 0 to w1']);
    await giver.sent();
  });
});
