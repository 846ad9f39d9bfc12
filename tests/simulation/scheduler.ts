/** Something that will happen: at a time, in a process. */
interface Happening {
  at: number;
  readonly order: number;
  readonly process: Process;
  /** Short and without anything that changes from run to run: it goes into the hash. */
  readonly label: string;
  /** For the trace: the message, the frame. */
  readonly subject: unknown;
  readonly action: () => void;
  off: boolean;
}

/** What a process is to the scheduler: whether its events happen. */
export class Process {
  readonly name: string;
  /** Its own clock began at another time than those of the others. */
  readonly clockOffset: number;
  dead = false;
  /** SIGSTOP: what falls due waits. */
  stopped = false;
  readonly held: Happening[] = [];

  constructor(name: string, clockOffset = 0) {
    this.name = name;
    this.clockOffset = clockOffset;
  }
}

export interface Traced {
  readonly at: number;
  readonly process: string;
  readonly label: string;
  readonly subject: unknown;
}

/** Everything between two events that runs in microtasks. Undocumented, but an immediate takes ten times as long. */
const { _tickCallback: drain } = process as unknown as { readonly _tickCallback: () => void };

const KEPT = 64;

/**
 * The one queue of a history: what happens when. Time is a number that jumps to the next event. Between two events all
 * microtasks run, so that a history is a function of its seed alone. Must be run from a macrotask.
 */
export class Scheduler {
  readonly #heap: Happening[] = [];
  readonly #trace: Traced[] = [];
  #now = 0;
  #order = 0;
  #hash = 0x811c9dc5;
  #count = 0;
  /** Called after each event, when all is quiet. */
  onQuiet: () => void = () => undefined;
  /** Called before each event, with its label. */
  onNext: ((label: string) => void) | null = null;
  /** A whole history instead of its last events. */
  onTrace: ((event: Traced) => void) | null = null;

  get now(): number {
    return this.#now;
  }

  /** Events so far. */
  get count(): number {
    return this.#count;
  }

  get hash(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, '0');
  }

  /** The last events, oldest first. */
  get trace(): readonly Traced[] {
    const from = this.#count % KEPT;
    return [...this.#trace.slice(from), ...this.#trace.slice(0, from)];
  }

  /** Calls `action` in `process` after `ms`. Returns what calls it off. */
  after(process: Process, ms: number, label: string, action: () => void, subject: unknown = null): () => void {
    const happening: Happening = {
      at: this.#now + ms,
      order: this.#order++,
      process,
      label,
      subject,
      action,
      off: false,
    };
    this.#push(happening);
    return () => {
      happening.off = true;
    };
  }

  /** Time as a process sees it. */
  clockOf(process: Process) {
    return {
      now: () => this.#now + process.clockOffset,
      after: (ms: number, action: () => void) => this.after(process, Math.max(0, ms), 'timer', action),
    };
  }

  resume(process: Process): void {
    process.stopped = false;
    for (const happening of process.held.splice(0)) {
      happening.at = this.#now;
      this.#push(happening);
    }
  }

  /** Events that are not called off, of processes that live. */
  pendingOf(process: Process): readonly string[] {
    return this.#heap.filter((one) => one.process === process && !one.off).map(({ label }) => label);
  }

  /** Runs until nothing is left, `until` says so, or `end` has come. */
  run(until: () => boolean, end: number): 'empty' | 'until' | 'end' {
    drain();
    this.onQuiet();
    for (;;) {
      if (until()) return 'until';
      const next = this.#pop();
      if (next === null) return 'empty';
      if (next.off || next.process.dead) continue;
      if (next.at > end) return 'end';
      this.#now = Math.max(this.#now, next.at);
      if (next.process.stopped) {
        next.process.held.push(next);
        continue;
      }
      if (this.onNext !== null) {
        this.onNext(next.label);
        // It may have ended the process, or stopped it.
        if (next.process.dead) continue;
        if (next.process.stopped) {
          next.process.held.push(next);
          continue;
        }
      }
      this.#record(next);
      next.action();
      drain();
      this.onQuiet();
    }
  }

  /** Something that matters, between events. */
  note(process: string, label: string, subject: unknown = null): void {
    this.#keep({ at: this.#now, process, label, subject });
  }

  #record({ process, label, subject }: Happening): void {
    this.#mix(Math.round(this.#now * 1000));
    this.#mixText(process.name);
    this.#mixText(label);
    this.#keep({ at: this.#now, process: process.name, label, subject });
  }

  #keep(traced: Traced): void {
    this.#trace[this.#count % KEPT] = traced;
    this.#count++;
    this.onTrace?.(traced);
  }

  #mix(value: number): void {
    this.#hash = Math.imul(this.#hash ^ (value | 0), 0x01000193) ^ (this.#hash >>> 15);
  }

  #mixText(text: string): void {
    for (let i = 0; i < text.length; i++) this.#mix(text.charCodeAt(i));
  }

  #before(a: Happening, b: Happening): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #push(happening: Happening): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(happening, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = happening;
  }

  #pop(): Happening | null {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined) return null;
    if (heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
