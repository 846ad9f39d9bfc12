import type { Counter, Gauge } from 'prom-client';
import { type MetricSet, show, showState } from '../../shared/metrics/metric-set.ts';
import { EXIT } from '../../shared/errors.ts';
import type { RunStatus } from '../http/status.ts';
import { PHASES } from '../membership/transitions.ts';
import type { RunEvent } from '../progress/events.ts';

type State = RunStatus['state'];

const STATES: readonly State[] = ['opening', ...PHASES, 'paused', 'failed'];

/**
 * A worker was lost; its connection broke, and was waited for; the disk would not take a checkpoint; somebody was turned away; the
 * run came to what is not finite, or failed for another reason.
 */
const FAULTS = ['worker_lost', 'connection_lost', 'disk', 'protocol', 'diverged', 'failed'] as const;
type Fault = (typeof FAULTS)[number];

/** Which run this is, where it stands, and what it is to come to. */
export class RunMetrics {
  readonly #info: Gauge<'run' | 'model' | 'dataset' | 'optimizer' | 'precision'>;
  readonly #state: Gauge<'state'>;
  readonly #planned: Gauge<never>;
  readonly #epochsPlanned: Gauge<never>;
  readonly #wanted: Gauge<never>;
  readonly #freeDisk: Gauge<never>;
  readonly #warnings: Counter<never>;
  readonly #faults: Counter<'kind'>;

  constructor(set: MetricSet, now: () => number) {
    this.#info = set.gauge('run_info', 'Always 1; the labels say which run this is, and what it trains.', [
      'run',
      'model',
      'dataset',
      'optimizer',
      'precision',
    ]);
    this.#state = set.gauge('run_state', 'What the run does: 1 for the state that it is in.', ['state']);
    set.gauge('run_start_timestamp_seconds', 'When this coordinator began to lead the run.').set(now() / 1000);
    this.#planned = set.gauge('steps_planned', 'Steps that the run is to have in all.');
    this.#epochsPlanned = set.gauge('epochs_planned', 'Epochs that the run is to have in all.');
    this.#wanted = set.gauge('workers_wanted', 'Workers that the run was asked to start with.');
    this.#freeDisk = set.gauge('run_folder_free_bytes', 'Bytes that may still be written in the folder of the run.');
    this.#warnings = set.counter('warnings_total', 'Warnings that were shown.');
    this.#faults = set.counter('faults_total', 'What went wrong, by kind.', ['kind']);
    for (const kind of FAULTS) this.#faults.inc({ kind }, 0);
  }

  observe(event: RunEvent): void {
    if (event.type === 'warning') {
      this.#warnings.inc();
      if (event.about === 'checkpointFailed') this.fault('disk');
    } else if (event.type === 'workerLost') this.fault('worker_lost');
    else if (event.type === 'workerAway') this.fault('connection_lost');
    else if (event.type === 'failed') this.fault(event.exitCode === EXIT.diverged ? 'diverged' : 'failed');
  }

  fault(kind: Fault): void {
    this.#faults.inc({ kind });
  }

  look({
    status,
    id,
    freeDisk,
  }: {
    readonly status: RunStatus;
    readonly id: string | null;
    readonly freeDisk: number | null;
  }): void {
    showState(this.#state, STATES, status.state);
    show(this.#freeDisk, freeDisk);
    if (status.state === 'opening') return;
    const { model, optimizer, precision } = status.job;
    this.#info.reset();
    this.#info.set({ run: id ?? '', model, dataset: status.dataset.name, optimizer, precision }, 1);
    this.#planned.set(status.steps);
    this.#epochsPlanned.set(status.epochs);
    this.#wanted.set(status.wanted);
  }
}
