import type { Keeper, KeptGeneration, Recorded } from '../../src/coordinator/membership/keeper.ts';
import type { RunSummary } from '../../src/coordinator/progress/events.ts';
import { type MetricsLine, RunHistory } from '../../src/coordinator/progress/history.ts';
import type { CommittedStep } from '../../src/coordinator/progress/step-collector.ts';
import { weightsDigestIn } from './simulated-worker.ts';

/** What a run keeps, in memory: it outlives the run, as a disk does. */
export class MemoryKeeper implements Keeper {
  readonly steps: { readonly generation: number; readonly step: CommittedStep }[] = [];
  readonly files = new Map<number, Uint8Array>();
  readonly generations: KeptGeneration[] = [];
  readonly logged: object[] = [];
  readonly rewound: number[] = [];
  history = new RunHistory();
  kept: RunSummary | null = null;
  recorded: Recorded = { steps: 0, evaluated: 0, saved: 0 };
  secondsBefore = 0;
  #lines: MetricsLine[] = [];
  #listener: (recorded: Recorded) => void = () => undefined;

  readonly #id: string;

  constructor(id = 'run-1') {
    this.#id = id;
  }

  readonly ledger = ((keeper: MemoryKeeper): Keeper['ledger'] => ({
    changes: [],
    get id() {
      return keeper.#id;
    },
    get steps() {
      return keeper.steps.length;
    },
    get lastGeneration() {
      return keeper.generations.at(-1)?.number ?? 0;
    },
    get generation() {
      return keeper.generations.at(-1) ?? null;
    },
  }))(this);

  readonly checkpoints = ((keeper: MemoryKeeper): Keeper['checkpoints'] => ({
    get savedStep() {
      return Math.max(0, ...keeper.files.keys());
    },
    get savedFile() {
      return keeper.files.size === 0 ? null : `step-${Math.max(...keeper.files.keys())}`;
    },
    bestFile: null,
    best: null,
    idle: () => Promise.resolve(),
    rate: () => undefined,
    disown: () => undefined,
  }))(this);

  inspected(): void {
    // Nobody asks for it back.
  }

  begin(): void {
    // There is no job to be written.
  }

  step(generation: number, step: CommittedStep): void {
    if (step.step !== this.steps.length) throw new Error(`step ${step.step} after ${this.steps.length}`);
    this.steps.push({ generation, step });
  }

  metrics(line: Omit<MetricsLine, 'time'>): void {
    const timed = { ...line, time: '' } as MetricsLine;
    this.#lines.push(timed);
    this.history.add(timed);
  }

  checkpoint(step: number, bytes: Uint8Array): void {
    this.files.set(step, bytes);
  }

  wouldBeBest(): boolean {
    return false;
  }

  log(entry: object): void {
    if ('unforeseen' in entry) throw new Error(`transitions.ts does not know ${JSON.stringify(entry)}`);
    this.logged.push(entry);
  }

  summary(summary: RunSummary): Promise<void> {
    this.kept = summary;
    return Promise.resolve();
  }

  announce(generation: KeptGeneration): Promise<void> {
    this.generations.push(generation);
    return Promise.resolve();
  }

  rewind(steps: number): Promise<void> {
    this.rewound.push(steps);
    this.steps.length = Math.min(this.steps.length, steps);
    this.#lines = this.#lines.filter(({ step }) => step <= steps);
    this.history = new RunHistory(this.#lines);
    return Promise.resolve();
  }

  beginning(): ReturnType<Keeper['beginning']> {
    const step = Math.max(0, ...this.files.keys());
    const bytes = this.files.get(step);
    return Promise.resolve(bytes === undefined ? null : { step, bytes, weightsDigest: weightsDigestIn(bytes) });
  }

  onRecorded(listener: (recorded: Recorded) => void): void {
    this.#listener = listener;
  }

  /** Everything is on the disk now. */
  sync(): void {
    this.recorded = {
      steps: this.steps.length,
      evaluated: this.history.lastEvaluation?.step ?? 0,
      saved: this.checkpoints.savedStep,
    };
    this.#listener(this.recorded);
  }
}
