import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunEvent, RunSummary } from '../../coordinator/progress/events.ts';
import type { WorkerProcess } from '../run/worker-process.ts';
import { ChaosReport, chaosLines } from './report.ts';
import { type PlannedFault, randomSchedule } from './schedule.ts';
import type { ChaosSpec, Fault, TimedFault } from './spec.ts';

export interface ChaosOptions {
  readonly spec: ChaosSpec;
  readonly workers: number;
  /** The process that is the worker of this number now; null: there is none. */
  readonly workerAt: (index: number) => Pick<WorkerProcess, 'kill' | 'tell'> | null;
  /** What is done, for the user. */
  readonly tell: (sentence: string) => void;
  /** Seconds. */
  readonly now: () => number;
  /** Returns what cancels it. */
  readonly after: (seconds: number, action: () => void) => () => void;
}

/** Does to the workers of a run what was asked for, and keeps account. */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #report = new ChaosReport();
  readonly #random: Generator<PlannedFault, never> | null;
  /** Timers of what is planned, and of workers that stand still. */
  readonly #cancels = new Set<() => void>();
  #listed: readonly TimedFault[];
  #training = false;
  #over = false;

  constructor(options: ChaosOptions) {
    const { spec, workers } = options;
    this.#options = options;
    this.#listed = spec.listed;
    this.#random = spec.random === null ? null : randomSchedule(spec.random, workers);
  }

  observe(event: RunEvent): void {
    this.#report.observe(event, this.#options.now());
    if (event.type !== 'step') return;
    const isDue = ({ step }: TimedFault): boolean => step <= event.step;
    const due = this.#listed.filter(isDue);
    this.#listed = this.#listed.filter((fault) => !isDue(fault));
    for (const fault of due) this.#do(fault);
    if (!this.#training) this.#planNext();
    this.#training = true;
  }

  /** Nothing more is done. */
  end(): void {
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }

  /** For people; `chaos.json` in the run's folder says the same. */
  report(summary: RunSummary | null, runDir: string): readonly string[] {
    const { faults } = this.#report;
    const notReached = this.#listed;
    const told = { weightsDigest: summary?.weightsDigest ?? null, faults, notReached };
    writeFileSync(join(runDir, 'chaos.json'), `${JSON.stringify(told, null, 2)}\n`);
    return chaosLines(faults, notReached, summary);
  }

  #planNext(): void {
    if (this.#random === null) return;
    const fault = this.#random.next().value;
    this.#later(fault.after, () => {
      this.#do(fault);
      this.#planNext();
    });
  }

  #do(fault: Fault): void {
    if (this.#over) return;
    const { workerAt, tell, now } = this.#options;
    const worker = workerAt(fault.rank);
    this.#report.did(fault, worker !== null, now());
    if (worker === null) return;
    tell(`chaos: ${fault.kind} worker-${fault.rank}${fault.seconds === 0 ? '' : ` for ${fault.seconds} s`}`);
    switch (fault.kind) {
      case 'kill':
        return worker.kill('SIGKILL');
      case 'stop':
        worker.kill('SIGSTOP');
        return this.#later(fault.seconds, () => worker.kill('SIGCONT'));
      case 'drop':
      case 'delay':
      case 'slow':
      case 'corrupt':
        return worker.tell({ fault: fault.kind, seconds: fault.seconds });
    }
  }

  #later(seconds: number, action: () => void): void {
    const cancel = this.#options.after(seconds, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
  }
}
