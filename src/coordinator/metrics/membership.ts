import type { Counter, Gauge } from 'prom-client';
import type { Durations } from '../../shared/metrics/duration-histogram.ts';
import { type MetricSet, show } from '../../shared/metrics/metric-set.ts';
import type { RunStatus } from '../http/status.ts';
import type { ShownState } from '../membership/member.ts';
import { LOSS_CAUSES, type LossCause, type RunEvent } from '../progress/events.ts';

const WORKER_STATES: readonly ShownState[] = [
  'preparing',
  'ready',
  'spare',
  'healing',
  'training',
  'halted',
  'away',
  'leaving',
  'done',
];

/** Losses of workers that were there, and had to go. */
const EVICTED: ReadonlySet<LossCause> = new Set(['unresponsive', 'stalled', 'protocol']);

type Generation = Extract<RunEvent, { readonly type: 'generation' }>;

const CHANGES = ['start', 'lost', 'left', 'joined', 'rebalanced', 'reconnected'] as const;
type Change = (typeof CHANGES)[number];

/** For what reason the set of workers that trains became another one. */
export function changeOf(before: Generation | null, after: Generation, lost: ReadonlySet<string>): Change {
  if (before === null) return 'start';
  const [was, is] = [before, after].map(
    ({ shares }) => new Map(shares.map(({ worker, microbatches }) => [worker, microbatches])),
  );
  const gone = [...was!.keys()].filter((worker) => !is!.has(worker) || lost.has(worker));
  if (gone.some((worker) => lost.has(worker))) return 'lost';
  if (gone.length > 0) return 'left';
  if ([...is!.keys()].some((worker) => !was!.has(worker))) return 'joined';
  return [...is!].some(([worker, held]) => was!.get(worker) !== held) ? 'rebalanced' : 'reconnected';
}

/** Who is there, who was lost and for what, and how soon the run went on. */
export class MembershipMetrics {
  readonly #now: () => number;
  readonly #workers: Gauge<'state'>;
  readonly #joined: Counter<never>;
  readonly #lost: Counter<'reason'>;
  readonly #left: Counter<never>;
  readonly #away: Counter<never>;
  readonly #back: Counter<never>;
  readonly #evicted: Counter<never>;
  readonly #healed: Counter<never>;
  readonly #healing: Durations;
  readonly #recovery: Durations;
  readonly #generation: Gauge<never>;
  readonly #changes: Counter<'reason'>;
  #before: Generation | null = null;
  #lostSince = new Set<string>();
  /** By worker: when it came. */
  readonly #came = new Map<string, number>();
  /** When the first of those was lost without whom no step has been committed yet. */
  #brokenAt: number | null = null;

  constructor(set: MetricSet, now: () => number) {
    this.#now = now;
    this.#workers = set.gauge('workers', 'Workers, by state.', ['state']);
    this.#joined = set.counter(
      'workers_joined_total',
      'Workers that came, also those that came back after they were lost.',
    );
    this.#lost = set.counter('workers_lost_total', 'Workers that were lost before the run was over.', ['reason']);
    this.#left = set.counter('workers_left_total', 'Workers that were asked to leave, and did.');
    this.#away = set.counter('worker_connections_lost_total', 'Connections of workers that broke and were waited for.');
    this.#back = set.counter(
      'workers_returned_total',
      'Workers that came back on another connection, with what they held.',
    );
    this.#evicted = set.counter(
      'workers_evicted_total',
      'Workers that had to go: they held the others up, or broke the rules.',
    );
    this.#healed = set.counter('workers_healed_total', 'Workers that got the state of the run from another one.');
    this.#healing = set.histogram('healing_seconds', 'From when a worker came until it held the state of the run.');
    this.#recovery = set.histogram('recovery_seconds', 'From the loss of a worker to the next committed step.');
    this.#generation = set.gauge('generation', 'Number of the set of workers that trains; grows when the set changes.');
    this.#changes = set.counter(
      'generation_changes_total',
      'Sets of workers that began to train, by what brought them about.',
      ['reason'],
    );
    for (const reason of LOSS_CAUSES) this.#lost.inc({ reason }, 0);
    for (const reason of CHANGES) this.#changes.inc({ reason }, 0);
  }

  observe(event: RunEvent): void {
    switch (event.type) {
      case 'workerJoined':
        this.#joined.inc();
        this.#came.set(event.worker, this.#now());
        return;
      case 'workerLost':
        this.#lost.inc({ reason: event.cause });
        if (EVICTED.has(event.cause)) this.#evicted.inc();
        this.#gone(event.worker);
        return;
      case 'workerLeft':
        this.#left.inc();
        this.#came.delete(event.worker);
        return;
      case 'workerAway':
        return this.#away.inc();
      case 'workerBack':
        return this.#back.inc();
      case 'workerHealed': {
        this.#healed.inc();
        const came = this.#came.get(event.worker);
        if (came !== undefined) this.#healing.observe((this.#now() - came) / 1000);
        this.#came.delete(event.worker);
        return;
      }
      case 'generation':
        this.#generation.set(event.generation);
        this.#changes.inc({ reason: changeOf(this.#before, event, this.#lostSince) });
        this.#before = event;
        this.#lostSince = new Set();
        return;
      case 'step':
        if (this.#brokenAt !== null) this.#recovery.observe((this.#now() - this.#brokenAt) / 1000);
        this.#brokenAt = null;
        return;
      case 'listening':
      case 'dataset':
      case 'resumed':
      case 'workerLeaving':
      case 'workerStep':
      case 'evaluation':
      case 'checkpoint':
      case 'warning':
      case 'paused':
      case 'unpaused':
      case 'stopping':
      case 'finished':
      case 'failed':
        return;
    }
  }

  look(status: RunStatus): void {
    if (status.state === 'opening') return;
    this.#count(status.workers.map(({ state }) => state));
    show(this.#generation, status.generation);
  }

  #gone(worker: string): void {
    this.#came.delete(worker);
    if (!(this.#before?.shares.some((share) => share.worker === worker) ?? false)) return;
    this.#lostSince.add(worker);
    this.#brokenAt ??= this.#now();
  }

  #count(shown: readonly ShownState[]): void {
    for (const state of WORKER_STATES) this.#workers.set({ state }, shown.filter((one) => one === state).length);
  }
}
