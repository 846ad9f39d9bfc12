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
export type TellingEvent = Extract<RunEvent, { readonly type: (typeof TELLING)[number] }>;

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
  readonly shares: readonly { readonly worker: string; readonly microbatches: number }[];
  readonly why: string;
}

export interface ShownEvent {
  readonly time: string;
  readonly event: TellingEvent;
}

/** Of each kind. Older ones are in the log. */
const MOST = 200;
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
  #samples = 0;
  #revision = 0;

  /** `log`: lines of the log of the coordinator, kept from before it was started again. */
  constructor(log: readonly unknown[] = []) {
    for (const line of log) {
      const read = logLine.safeParse(line);
      if (read.success) this.observe(read.data.event as unknown as RunEvent, read.data.time);
    }
  }

  observe(event: RunEvent, time: string): void {
    if (event.type === 'step') this.#samples = event.samples;
    if (event.type === 'workerStep') return this.#watch(event, Date.parse(time));
    if (event.type === 'workerLost' || event.type === 'workerLeft') this.#workers.delete(event.worker);
    if (!isTelling(event)) return;
    this.#revision++;
    this.#events = [...this.#events, { time, event }].slice(-MOST);
    if (event.type !== 'generation') return;
    const { generation, step, shares, why } = event;
    this.#generations = [...this.#generations, { generation, step, time, shares, why }].slice(-MOST);
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

  get workers(): readonly WorkerMeasure[] {
    const shares = this.#generations.at(-1)?.shares ?? [];
    const all = shares.reduce((sum, { microbatches }) => sum + microbatches, 0);
    return [...this.#workers].map(([name, { reports, vitals, lastSeen }]) => {
      const mean = (of: (report: Report) => number): number =>
        reports.reduce((sum, report) => sum + of(report), 0) / Math.max(1, reports.length);
      const phases: Phases = {
        data: mean(({ times }) => times.data),
        compute: mean(({ times }) => times.compute),
        allReduce: mean(({ times }) => times.allReduce),
        optimizer: mean(({ times }) => times.optimizer),
        commit: mean(({ times }) => times.commit ?? 0),
        total: mean(({ times }) => times.total),
      };
      const held = shares.find(({ worker }) => worker === name)?.microbatches ?? 0;
      const own = all > 0 ? (this.#samples * held) / all : 0;
      return {
        name,
        phases,
        imagesPerSecond: own > 0 && phases.compute > 0 ? own / phases.compute : null,
        bytesSent: mean(({ bytesSent }) => bytesSent),
        bytesReceived: mean(({ bytesReceived }) => bytesReceived),
        vitals,
        lastSeen,
      };
    });
  }

  #watch(event: Extract<RunEvent, { readonly type: 'workerStep' }>, now: number): void {
    const { worker, times, bytesSent, bytesReceived, vitals } = event;
    const watched = this.#workers.get(worker) ?? { reports: [], vitals: null, lastSeen: now };
    watched.reports = [...watched.reports, { times, bytesSent, bytesReceived }].slice(-STEPS);
    watched.vitals = vitals ?? watched.vitals;
    watched.lastSeen = now;
    this.#workers.set(worker, watched);
  }
}

function isTelling(event: RunEvent): event is TellingEvent {
  return (TELLING as readonly string[]).includes(event.type);
}
