import { openSync, writeFileSync, writeSync } from 'node:fs';
import { NO_TRACE, type Details, type Trace } from './trace.ts';

/** The file that all threads of a process write their events to. */
export interface TraceTarget {
  readonly file: string;
  /** The process's name in the viewer. */
  readonly process: string;
}

/** Every thread is a track of its own, in this order. */
const THREADS = { engine: 1, transport: 2, data: 3 } as const;
export type TracedThread = keyof typeof THREADS;

/** Lines held back, so that few writes fall into what is measured. */
const HELD_LINES = 256;
/** About 150 MB of a thread. A viewer shows hardly more. */
const MOST_EVENTS = 1_000_000;

interface TraceClock {
  readonly now: () => number;
  readonly processId: number;
}

/** timeOrigin is the same in all threads of a process, and tells the time of day: so one clock for all processes. */
const systemClock: TraceClock = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  processId: process.pid,
};

/**
 * Begins the file anew: once in a process, before its threads write. It is Chrome's JSON array format, whose end may be
 * missing, so that it can be read whenever and however the process ended.
 */
export function beginTraceFile(file: string): void {
  writeFileSync(file, '[\n');
}

/** The trace of one thread; null: nobody wants one. */
export function openTrace(target: TraceTarget | null | undefined, thread: TracedThread, clock = systemClock): Trace {
  return target === null || target === undefined ? NO_TRACE : new TraceFile(target, thread, clock);
}

/** Appends events to the file of its process, a line each. Threads append whole lines, so they do not mix. */
class TraceFile implements Trace {
  readonly #descriptor: number;
  readonly #thread: number;
  readonly #clock: TraceClock;
  #lines: string[] = [];
  #left = MOST_EVENTS;

  constructor({ file, process }: TraceTarget, thread: TracedThread, clock: TraceClock) {
    this.#descriptor = openSync(file, 'a');
    this.#thread = THREADS[thread];
    this.#clock = clock;
    this.#add({ ph: 'M', name: 'process_name', args: { name: process } });
    this.#add({ ph: 'M', name: 'thread_name', args: { name: thread } });
    this.#add({ ph: 'M', name: 'thread_sort_index', args: { sort_index: this.#thread } });
  }

  now(): number {
    return this.#clock.now();
  }

  span(name: string, start: number, details?: Details): void {
    this.#add({ ph: 'X', name, ts: start, dur: this.now() - start, args: details });
  }

  begin(name: string, id: number, details?: Details): void {
    this.#add({ ph: 'b', cat: name, name, id2: { local: id }, ts: this.now(), args: details });
  }

  end(name: string, id: number): void {
    this.#add({ ph: 'e', cat: name, name, id2: { local: id }, ts: this.now() });
  }

  flush(): void {
    if (this.#lines.length === 0) return;
    writeSync(this.#descriptor, this.#lines.join(''));
    this.#lines = [];
  }

  #add(event: Readonly<Record<string, unknown>>): void {
    if (this.#left === 0) return;
    this.#left--;
    this.#lines.push(`${JSON.stringify({ ...event, pid: this.#clock.processId, tid: this.#thread })},\n`);
    if (this.#lines.length >= HELD_LINES || this.#left === 0) this.flush();
  }
}
