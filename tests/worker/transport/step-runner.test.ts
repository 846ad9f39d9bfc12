import { describe, expect, it } from 'vitest';
import { TAIL_SCALARS } from '../../../src/shared/network/layout.ts';
import { NO_TRACE } from '../../../src/worker/trace/trace.ts';
import { drawBlueprint } from '../../../src/worker/assignment/blueprint.ts';
import { StepMemoryPool } from '../../../src/worker/assignment/memory.ts';
import type { Replica } from '../../../src/worker/transport/replica.ts';
import { type StepReport, StepRunner } from '../../../src/worker/transport/step-runner.ts';
import { smallAssignment } from '../support/assignment.ts';

const blueprint = drawBlueprint(smallAssignment({ microbatches: 2 }));
const BUCKETS = blueprint.buckets.ranges.length;
const SUMS = { lossSum: 3, correct: 2, samples: 8, stop: false, gradientNorm: 1 };

/** A runner of steps from 5 on; `done` says in which order it did what. */
function start(contributes = true) {
  const memory = new StepMemoryPool((floats) => new Float32Array(floats), blueprint.layout).take(1);
  const done: string[] = [];
  const struck: string[] = [];
  const reports: StepReport[] = [];
  const traffic = { bytesSent: 0, bytesReceived: 0 };
  let now = 0;
  const replica = {
    apply: (step: number, bucket: number) => {
      done.push(`apply ${step}/${bucket}`);
      now += 0.25;
    },
    commit: (step: number) => {
      done.push(`commit ${step}`);
      now += 0.5;
      return SUMS;
    },
  } as unknown as Replica;
  const runner = new StepRunner(
    {
      blueprint,
      replica,
      memory,
      contributes,
      allReduce: {
        get bytesSent() {
          return traffic.bytesSent;
        },
        get bytesReceived() {
          return traffic.bytesReceived;
        },
        contribute: (step, bucket) => void done.push(`contribute ${step}/${bucket}`),
        abort: (step) => void done.push(`abort ${step}`),
        close: () => undefined,
      },
      now: () => now,
      trace: NO_TRACE,
      fault: (point, step) => void struck.push(`${point} ${step}`),
      onCommitted: (committed) => reports.push(committed),
    },
    5,
  );
  const advance = (seconds: number) => {
    now += seconds;
  };
  const raised = () => memory.vectors[0]![blueprint.layout.scalars + TAIL_SCALARS.stop];
  /** The whole of a step, as the engine and then the all-reduce tell of it. */
  const take = (step: number) => {
    runner.computed(step, { data: 1, compute: 2, elapsed: 4 }, 1);
    for (let bucket = 0; bucket < BUCKETS; bucket++) runner.reduced(step, bucket);
  };
  return { runner, done, struck, reports, traffic, advance, raised, take };
}

describe('the steps of a generation', () => {
  it('have at least a bucket of gradients and the tail', () => {
    expect(BUCKETS).toBeGreaterThan(1);
  });

  it('are computed anew each: the engine is not through with the next one because it was with the last', () => {
    const { runner, take } = start();
    for (const step of [5, 6, 7]) {
      expect(runner.step).toBe(step);
      expect(runner.computing).toBe(true);
      runner.contribute(step, 0);
      expect(runner.computing).toBe(true);
      runner.computed(step, { data: 0, compute: 0, elapsed: 0 }, null);
      expect(runner.computing).toBe(false);
      for (let bucket = 0; bucket < BUCKETS; bucket++) runner.reduced(step, bucket);
    }
    expect(runner.computing).toBe(true);
    take(8);
    expect(runner.step).toBe(9);
  });

  it('apply each bucket as its sum comes, and commit with the tail', () => {
    const { done, take } = start();
    take(5);
    const buckets = Array.from({ length: BUCKETS }, (_, bucket) => bucket);
    expect(done).toEqual([
      ...buckets.map((bucket) => `contribute 5/${bucket}`),
      ...buckets.slice(0, -1).map((bucket) => `apply 5/${bucket}`),
      'commit 5',
    ]);
  });

  it('are measured each for itself', () => {
    const { runner, reports, traffic, advance } = start();
    for (const step of [5, 6]) {
      advance(1);
      runner.computed(step, { data: 1, compute: 2, elapsed: 4 }, 1);
      for (let bucket = 0; bucket < BUCKETS - 1; bucket++) runner.reduced(step, bucket);
      advance(2);
      traffic.bytesSent += 100 + step;
      traffic.bytesReceived += 10 + step;
      runner.reduced(step, BUCKETS - 1);
      // Each bucket but the tail takes the optimiser a quarter of a second, and the sum is waited for two seconds more.
      const optimizer = 0.25 * (BUCKETS - 1);
      const times = {
        data: 1,
        compute: 2,
        allReduce: 2,
        optimizer,
        commit: 0.5,
        total: 6.5 + optimizer,
        reduce: 2 + optimizer,
      };
      expect(reports.at(-1)).toEqual({
        step,
        sums: SUMS,
        times,
        bytesSent: 100 + step,
        bytesReceived: 10 + step,
        ownLossSum: 1,
      });
    }
  });

  it('raise the stop scalar once asked to, and not where there is no tail to raise it in', () => {
    const { runner, take, raised } = start();
    take(5);
    expect(raised()).toBe(0);
    runner.stop();
    take(6);
    expect(raised()).toBe(1);
    const idle = start(false);
    idle.runner.stop();
    idle.take(5);
    expect(idle.raised()).toBe(0);
  });

  it('refuse what is out of order, from the engine and from the all-reduce', () => {
    expect(() => start().runner.contribute(6, 0)).toThrow('bucket 0 of step 6 came where 0 of 5 was to be contributed');
    expect(() => start().runner.contribute(5, 1)).toThrow('bucket 1 of step 5 came where 0 of 5');
    expect(() => start().runner.computed(4, { data: 0, compute: 0, elapsed: 0 }, null)).toThrow(
      'step 4 was computed where 5 runs',
    );
    expect(() => start().runner.reduced(5, 1)).toThrow('bucket 1 of step 5 was reduced, 0 of 5 was due');
    expect(() => start().runner.reduced(6, 0)).toThrow('bucket 0 of step 6 was reduced, 0 of 5 was due');
    const { runner, take } = start();
    take(5);
    runner.contribute(6, 0);
    expect(() => runner.contribute(6, 0)).toThrow('bucket 0 of step 6 came where 1 of 6');
  });

  it('can be struck before, half way through and after what leaves and what comes, and around the commit', () => {
    const { take, struck } = start();
    take(5);
    const points = ['before-send', 'half-sent', 'all-sent', 'half-received', 'before-commit', 'after-commit'];
    expect(struck).toEqual(points.map((point) => `${point} 5`));
  });

  it('drop the running one, whichever it is by then', () => {
    const { runner, take, done } = start();
    take(5);
    runner.abort();
    expect(done.at(-1)).toBe('abort 6');
  });
});
