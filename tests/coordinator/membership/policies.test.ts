import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEADLINES } from '../../../src/coordinator/membership/deadlines.ts';
import { disagreement } from '../../../src/coordinator/progress/agreement.ts';
import { howToStop, missedAfter, stallAfter, suspectAfter } from '../../../src/coordinator/membership/patience.ts';
import { otherThreads } from '../../../src/coordinator/membership/start-checks.ts';
import { seat, whyNoMesh } from '../../../src/coordinator/membership/seating.ts';
import { chooseUploader } from '../../../src/coordinator/membership/uploader.ts';

describe('seating', () => {
  it('depends on who is there, not on the order in which they came', () => {
    const candidates = fc.uniqueArray(fc.nat(200), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(candidates, fc.nat(20), (ids, microbatches) => {
        const all = ids.map((id) => ({ id: `w${id}`, name: `worker-${id}`, address: 'h:1' }));
        const seated = seat(all, microbatches, 'auto');
        expect(seat(all.toReversed(), microbatches, 'auto')).toEqual(seated);
        if ('refused' in seated) throw new Error(seated.refused);
        expect(seated.members.map(({ id }) => Number(id.slice(1)))).toEqual(ids.toSorted((a, b) => a - b));
        expect(seated.microbatches).toHaveLength(ids.length);
      }),
    );
  });

  it('takes the mesh where all can be reached, else the star, naming who cannot', () => {
    const near = { id: 'w1', name: 'near', address: 'h:1' };
    const far = { id: 'w2', name: 'far', address: null };
    expect(seat([near], 1, 'auto')).toMatchObject({ topology: 'mesh' });
    expect(seat([near, far], 2, 'auto')).toMatchObject({
      topology: 'star',
      why: expect.stringMatching(/^far accepts/),
    });
    expect(seat([near, far], 2, 'mesh')).toEqual({ refused: expect.stringMatching(/but far accepts no connection/) });
    expect(seat([near], 1, 'star')).toMatchObject({ topology: 'star' });
  });

  it('takes the star where workers are known not to reach each other, and says why', () => {
    const near = { id: 'w1', name: 'near', address: '127.0.0.1:9', remote: '::ffff:127.0.0.1:40000' };
    const here = { id: 'w2', name: 'here', address: '[::1]:9', remote: '::1:40000' };
    const far = { id: 'w3', name: 'far', address: '10.0.0.7:9', remote: '10.0.0.7:40000' };
    const farther = { id: 'w4', name: 'farther', address: 'wss://[fd00::8]:9', remote: 'fd00::8:40000' };
    const tunnel = { id: 'w5', name: 'tunnel', address: '127.0.0.1:9', remote: '10.0.0.9:40000' };
    expect(whyNoMesh([near, here], {})).toBeNull();
    expect(whyNoMesh([far, farther], {})).toBeNull();
    expect(whyNoMesh([near, far], {})).toBe(
      'near can be reached from its own machine alone (127.0.0.1:9), and far is elsewhere',
    );
    expect(whyNoMesh([farther, here], {})).toMatch(/^here can .* and farther is elsewhere$/);
    // Who says so of itself is not doubted twice: what becomes of it is seen when they connect.
    expect(whyNoMesh([tunnel, near], {})).toBeNull();
    expect(whyNoMesh([far, farther], { w4: 'far and farther did not get connected' })).toBe(
      'far and farther did not get connected',
    );
    expect(whyNoMesh([far, farther], { w9: 'gone since' })).toBeNull();
    const seated = seat([near, far], 2, 'auto', new Map(), 'near is behind a wall');
    expect(seated).toMatchObject({
      topology: 'star',
      why: 'near is behind a wall, so gradients go through the coordinator',
    });
  });
});

describe('agreement', () => {
  it('is silent while all digests are equal', () => {
    expect(disagreement([])).toBeNull();
    expect(disagreement(['a', 'b', 'c'].map((worker) => ({ worker, digest: 'x'.repeat(64) })))).toBeNull();
  });

  it('names the minority, and nobody where there is none', () => {
    const held = (digests: string) =>
      Array.from(digests, (d) => d).map((d, i) => ({ worker: `w${i}`, digest: d.repeat(64) }));
    expect(disagreement(held('aab'))).toMatch(/at w0, w1; b+\.\.\. at w2\. w2 differs from the majority\.$/);
    expect(disagreement(held('ab'))).toMatch(/at w0; b+\.\.\. at w1\.$/);
    expect(disagreement(held('aaabc'))).toMatch(/w3, w4 differ from the majority\.$/);
  });
});

describe('whom to ask for a checkpoint', () => {
  it('is always one of those with the newest step, unless that is saved', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(3), { maxLength: 6 }), fc.nat(4), (steps, saved) => {
        const holdings = steps.map((step, i) => ({ worker: `w${i}`, step }));
        const decision = chooseUploader(holdings, saved);
        const newest = Math.max(0, ...steps);
        if (newest > saved) {
          expect(decision).toMatchObject({ step: newest });
          expect(holdings.find(({ worker }) => worker === decision.from)!.step).toBe(newest);
        } else {
          expect(decision.from).toBeNull();
        }
        expect(decision.why).not.toBe('');
      }),
    );
  });
});

describe('patience', () => {
  it('grows with the slowest step and with the evaluation that is due, and never falls below the deadline', () => {
    const pace = (slowestStepMs: number | null, imagesPerSecond = 0, evaluating = 0) =>
      stallAfter({ slowestStepMs, untried: false, imagesPerSecond, evaluating }, DEADLINES);
    expect(pace(null)).toBe(DEADLINES.firstStep);
    expect(pace(10)).toBe(DEADLINES.stall);
    expect(pace(60_000)).toBe(10 * 60_000);
    expect(pace(10, 100, 50_000)).toBe(DEADLINES.stall + 5 * 500_000);
  });

  it('gives the first step of a worker that comes later two minutes, however fast the others are', () => {
    const untried = { slowestStepMs: 10, untried: true, imagesPerSecond: 0, evaluating: 0 };
    expect(stallAfter(untried, DEADLINES)).toBe(DEADLINES.untried);
    expect(stallAfter({ ...untried, slowestStepMs: 60_000 }, DEADLINES)).toBe(10 * 60_000);
    expect(missedAfter(untried, DEADLINES)).toBe(DEADLINES.untried);
    // Its transport thread is as quick to answer as any.
    expect(suspectAfter(untried, DEADLINES)).toBe(DEADLINES.suspect);
  });

  it('waits for a first step as long as it was told to for any, where that is longer', () => {
    const first = { slowestStepMs: null, untried: true, imagesPerSecond: 0, evaluating: 0 };
    expect(stallAfter(first, { ...DEADLINES, stall: 3_600_000 })).toBe(3_600_000);
  });

  it('asks for signs of life after three of the slowest steps, not at once, and not later than a step counts as stalled', () => {
    const asks = (slowestStepMs: number | null, stall = DEADLINES.stall) =>
      suspectAfter({ slowestStepMs, untried: false, imagesPerSecond: 0, evaluating: 0 }, { ...DEADLINES, stall });
    expect(asks(10)).toBe(DEADLINES.suspect);
    expect(asks(1_500)).toBe(4_500);
    expect(asks(60_000)).toBe(3 * 60_000);
    expect(asks(10, 1_000)).toBe(1_000);
    // A first step may take minutes, but not an answer.
    expect(asks(null)).toBe(DEADLINES.stall);
  });

  it('finishes a short step on an interrupt, and drops a long or unknown one', () => {
    expect(howToStop(20, DEADLINES).by).toBe('drain');
    expect(howToStop(5_000, DEADLINES).by).toBe('halt');
    expect(howToStop(null, DEADLINES).by).toBe('halt');
  });
});

describe('otherThreads', () => {
  const auto = { engine: 'auto', threads: null } as const;

  it('sends away whom TensorFlow would give other bits, and says what to do', () => {
    expect(otherThreads({ name: 'a', engine: null, threads: 2 }, auto)).toMatchObject({
      exitCode: 78,
      message: expect.stringMatching(
        /^a was started with --threads 2, and this run computes with 1: .* without --threads/,
      ),
    });
    expect(otherThreads({ name: 'a', engine: 'tensorflow', threads: 1 }, { ...auto, threads: 2 })).not.toBeNull();
    expect(
      otherThreads({ name: 'a', engine: 'tensorflow', threads: 2 }, { engine: 'wasm', threads: null }),
    ).not.toBeNull();
  });

  it('lets everybody else in', () => {
    expect(otherThreads({ name: 'a', engine: null, threads: null }, { ...auto, threads: 4 })).toBeNull();
    expect(otherThreads({ name: 'a', engine: null, threads: 1 }, auto)).toBeNull();
    expect(otherThreads({ name: 'a', engine: 'wasm', threads: 8 }, auto)).toBeNull();
    expect(otherThreads({ name: 'a', engine: null, threads: 8 }, { engine: 'wasm', threads: null })).toBeNull();
  });
});
