import type { RunEvent, RunSummary } from '../../coordinator/progress/events.ts';
import type { Followers } from '../run/lead.ts';
import type { LocalWorkers } from '../run/workers.ts';
import { Chaos } from './chaos.ts';
import type { ChaosSpec } from './spec.ts';

/** The workers of a launch, and what is done to them. */
export class Rehearsal implements Followers {
  readonly #workers: LocalWorkers;
  readonly #chaos: Chaos;
  readonly #runDir: string;

  constructor(
    workers: LocalWorkers,
    spec: ChaosSpec,
    about: { readonly workers: number; readonly runDir: string; readonly tell: (sentence: string) => void },
  ) {
    this.#workers = workers;
    this.#runDir = about.runDir;
    this.#chaos = new Chaos({
      spec,
      workers: about.workers,
      workerAt: (index) => workers.at(index),
      tell: about.tell,
      now: () => performance.now() / 1000,
      after: (seconds, action) => {
        const timer = setTimeout(action, seconds * 1000);
        return () => clearTimeout(timer);
      },
    });
  }

  observe(event: RunEvent): void {
    this.#workers.observe(event);
    this.#chaos.observe(event);
    if (event.type === 'finished' || event.type === 'failed') this.#chaos.end();
  }

  report(summary: RunSummary | null): readonly string[] {
    return this.#chaos.report(summary, this.#runDir);
  }

  gone(atOnce?: boolean): Promise<void> {
    this.#chaos.end();
    return this.#workers.gone(atOnce);
  }

  kill(): void {
    this.#chaos.end();
    this.#workers.kill();
  }
}
