import { z } from 'zod';
import type { StepTimes, Vitals } from '../../shared/protocol/shared.ts';
import type { RunEvent } from './events.ts';

/** Events that are told in words; what the others say shows in figures. */
const TELLING = [
  'resumed',
  'workerJoined',
  'workerLost',
  'workerAway',
  'workerBack',
  'workerLeaving',
  'workerLeft',
  'workerHealed',
  'generation',
  'warning',
  'paused',
  'unpaused',
  'stopping',
  'failed',
] as const;
type Telling = Extract<RunEvent, { readonly type: (typeof TELLING)[number] }>;
type WorkerStep = Extract<RunEvent, { readonly type: 'workerStep' }>;
/** All but the reports of each worker, of which thousands come with each step. */
type Observed = Exclude<RunEvent, WorkerStep>;
/** Who has which share is not told in words. */
export type TellingEvent =
  | Exclude<Telling, { readonly type: 'generation' }>
  | Omit<Extract<Telling, { readonly type: 'generation' }>, 'shares'>;

/** Seconds of a step, means over the last steps. */
export interface Phases {
  readonly data: number;
  readonly compute: number;
  readonly allReduce: number;
  readonly optimizer: number;
  readonly commit: number;
  readonly total: number;
}

/** What was seen of a worker while it trained. */
export interface WorkerMeasure {
  readonly name: string;
  readonly phases: Phases;
  /** That it computes while it computes; null: not known. */
  readonly imagesPerSecond: number | null;
  /** A step, means over the last ones. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly vitals: Vitals | null;
  /** Milliseconds since 1970. */
  readonly lastSeen: number;
}

/** A set of workers that trained together. */
export interface ShownGeneration {
  readonly generation: number;
  readonly step: number;
  readonly time: string;
  /** How many they are. */
  readonly workers: number;
  /** Of the first ones, by rank. */
  readonly shares: readonly { readonly worker: string; readonly microbatches: number }[];
  readonly why: string;
}

export interface ShownEvent {
  readonly time: string;
  readonly event: TellingEvent;
}

/** Of each kind. Older ones are in the log. */
const MOST = 200;
/** Workers of a generation that are named: of thousands of them two hundred lists would fill the memory. */
const NAMED = 64;
/** Steps that a worker's figures are means of. */
const STEPS = 20;

interface Report {
  readonly times: StepTimes;
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

interface Watched {
  reports: Report[];
  vitals: Vitals | null;
  lastSeen: number;
}

/** A line of the log. What it says was written by us, and checked when it came. */
const logLine = z.object({ time: z.string(), event: z.looseObject({ type: z.string() }) });

/** What was told of a run, as far as it is still of interest: who came, was lost and why, and how its workers spend their time. */
export class Chronicle {
  #events: ShownEvent[] = [];
  #generations: ShownGeneration[] = [];
  readonly #workers = new Map<string, Watched>();
  /** Microbatches of a step, by the worker of the newest generation that computes them, and of all. */
  #held: ReadonlyMap<string, number> = new Map();
  #heldByAll = 0;
  #samples = 0;
  #revision = 0;
  #isPaused = false;

  /** `log`: lines of the log of the coordinator, kept from before it was started again. */
  constructor(log: readonly unknown[] = []) {
    for (const line of log) {
      const read = logLine.safeParse(line);
      if (read.success) this.observe(read.data.event as unknown as Observed, read.data.time);
    }
  }

  observe(event: Observed, time: string): void {
    if (event.type === 'step') this.#samples = event.samples;
    if (event.type === 'paused' || event.type === 'unpaused') this.#isPaused = event.type === 'paused';
    if (event.type === 'workerLost' || event.type === 'workerLeft') this.#workers.delete(event.worker);
    if (!isTelling(event)) return;
    this.#revision++;
    if (event.type !== 'generation') return this.#tell({ time, event });
    const { shares, ...told } = event;
    this.#tell({ time, event: told });
    this.#held = new Map(shares.map(({ worker, microbatches }) => [worker, microbatches]));
    this.#heldByAll = shares.reduce((sum, { microbatches }) => sum + microbatches, 0);
    const { generation, step, why } = event;
    const shown = { generation, step, time, workers: shares.length, shares: shares.slice(0, NAMED), why };
    this.#generations = [...this.#generations, shown].slice(-MOST);
  }

  /** Somebody paused the run, and nobody has let it go on since. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Another one once there are more events. */
  get revision(): number {
    return this.#revision;
  }

  get events(): readonly ShownEvent[] {
    return this.#events;
  }

  get generations(): readonly ShownGeneration[] {
    return this.#generations;
  }

  /** In a step, by all that train. */
  get bytesSent(): number {
    let sum = 0;
    for (const name of this.#held.keys()) sum += meanOf(this.#workers.get(name)?.reports ?? [], (one) => one.bytesSent);
    return sum;
  }

  /** Null: nothing was seen of it. */
  measureOf(name: string): WorkerMeasure | null {
    const watched = this.#workers.get(name);
    if (watched === undefined) return null;
    const { reports, vitals, lastSeen } = watched;
    const mean = (of: (report: Report) => number): number => meanOf(reports, of);
    const phases: Phases = {
      data: mean(({ times }) => times.data),
      compute: mean(({ times }) => times.compute),
      allReduce: mean(({ times }) => times.allReduce),
      optimizer: mean(({ times }) => times.optimizer),
      commit: mean(({ times }) => times.commit ?? 0),
      total: mean(({ times }) => times.total),
    };
    const held = this.#held.get(name) ?? 0;
    const own = this.#heldByAll > 0 ? (this.#samples * held) / this.#heldByAll : 0;
    return {
      name,
      phases,
      imagesPerSecond: own > 0 && phases.compute > 0 ? own / phases.compute : null,
      bytesSent: mean(({ bytesSent }) => bytesSent),
      bytesReceived: mean(({ bytesReceived }) => bytesReceived),
      vitals,
      lastSeen,
    };
  }

  #tell(shown: ShownEvent): void {
    this.#events = [...this.#events, shown].slice(-MOST);
  }

  /** A worker's report of a step. `now`: milliseconds since 1970. */
  watch(event: WorkerStep, now: number): void {
    const { worker, times, bytesSent, bytesReceived, vitals } = event;
    const watched = this.#workers.get(worker) ?? { reports: [], vitals: null, lastSeen: now };
    watched.reports = [...watched.reports, { times, bytesSent, bytesReceived }].slice(-STEPS);
    watched.vitals = vitals ?? watched.vitals;
    watched.lastSeen = now;
    this.#workers.set(worker, watched);
  }
}

function meanOf(reports: readonly Report[], of: (report: Report) => number): number {
  return reports.reduce((sum, report) => sum + of(report), 0) / Math.max(1, reports.length);
}

function isTelling(event: Observed): event is Telling {
  return (TELLING as readonly string[]).includes(event.type);
}
