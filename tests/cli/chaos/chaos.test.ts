import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Chaos } from '../../../src/cli/chaos/chaos.ts';
import { parseChaos } from '../../../src/cli/chaos/spec.ts';
import type { RunEvent } from '../../../src/coordinator/progress/events.ts';

function step(n: number): RunEvent {
  const means = { loss: 1, accuracy: 0.5, samples: 8, learningRate: 0.1, gradientNorm: 1, imagesPerSecond: 1 };
  return { type: 'step', step: n, steps: 99, epoch: 0, epochs: 1, seconds: 0.1, ...means };
}

/** Workers that write down what is done to them, and a clock that is turned by hand. */
class World {
  readonly log: string[] = [];
  readonly gone = new Set<number>();
  readonly chaos: Chaos;
  now = 0;
  #timers: { readonly at: number; readonly action: () => void }[] = [];

  constructor(text: string, workers = 3) {
    this.chaos = new Chaos({
      spec: parseChaos(text, workers),
      workers,
      workerAt: (index) => {
        if (this.gone.has(index)) return null;
        return {
          kill: (signal) => this.log.push(`${this.now}: ${signal} ${index}`),
          tell: (message) => this.log.push(`${this.now}: ${JSON.stringify(message)} ${index}`),
        };
      },
      tell: () => undefined,
      now: () => this.now,
      after: (seconds, action) => {
        const timer = { at: this.now + seconds, action };
        this.#timers.push(timer);
        return () => {
          this.#timers = this.#timers.filter((other) => other !== timer);
        };
      },
    });
  }

  runTo(time: number): void {
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > time) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.now = next.at;
      next.action();
    }
    this.now = time;
  }
}

describe('what is done to the workers of a run', () => {
  it('is done once, when so many steps are committed, and a stopped one goes on after its time', () => {
    const world = new World('kill@step=5,rank=1;stop@step=6,rank=0,seconds=3;drop@step=6,rank=2,seconds=2');
    for (const n of [1, 4]) world.chaos.observe(step(n));
    expect(world.log).toEqual([]);
    // Several steps may be told at once.
    world.chaos.observe(step(7));
    world.chaos.observe(step(8));
    world.runTo(10);
    expect(world.log).toEqual(['0: SIGKILL 1', '0: SIGSTOP 0', '0: {"fault":"drop","seconds":2} 2', '3: SIGCONT 0']);
  });

  it('is random from the first step to the end of the run', () => {
    const world = new World('random:seed=1,every=10s,kinds=kill');
    world.runTo(100);
    expect(world.log).toEqual([]);
    world.chaos.observe(step(1));
    world.runTo(200);
    const done = world.log.length;
    expect(done).toBeGreaterThan(5);
    world.chaos.end();
    world.runTo(300);
    expect(world.log).toHaveLength(done);
  });

  it('is accounted for: what it cost, what was run again, and what was passed over', () => {
    const world = new World('kill@step=1,rank=1;stop@step=2,rank=0;delay@step=3,rank=2;drop@step=4,rank=0');
    world.gone.add(0);
    world.chaos.observe(step(1));
    // A step that was on its way tells nothing of what the kill costs.
    world.now = 0.5;
    world.chaos.observe(step(2));
    world.chaos.observe({ type: 'workerLost', worker: 'worker-1', reason: 'its process ended', cause: 'connection' });
    world.now = 1.5;
    world.chaos.observe({ type: 'generation', generation: 2, workers: 2, step: 2, shares: [], why: 'one was lost' });
    world.now = 2;
    world.chaos.observe(step(3));
    const runDir = mkdtempSync(join(tmpdir(), 'chaos-'));
    expect(world.chaos.report(null, runDir)).toEqual([
      'chaos     kill worker-1 after step 1: 2.00 s to the next step, 1 step run again',
      'chaos     stop worker-0 after step 2, 3 s: passed over, it was not there',
      'chaos     delay worker-2 after step 3, 1 s: no step came after it',
      'chaos     drop worker-0 after step 4: passed over, the run had ended before',
      'chaos     2 faults done, 2 passed over; weights not known',
    ]);
    const { faults, notReached } = JSON.parse(readFileSync(join(runDir, 'chaos.json'), 'utf8')) as {
      readonly faults: unknown[];
      readonly notReached: unknown[];
    };
    expect(notReached).toEqual([{ kind: 'drop', rank: 0, seconds: 0, step: 4 }]);
    expect(faults[0]).toEqual({
      ...{ kind: 'kill', rank: 1, seconds: 0, step: 1 },
      ...{ done: true, costSeconds: 2, repeated: 1 },
    });
  });
});
