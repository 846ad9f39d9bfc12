import type { StepTimes } from '../../shared/protocol/shared.ts';
import { median } from './median.ts';

/** How long the steps of some seconds took each worker, by its id: medians, in seconds. */
export type Slice = ReadonlyMap<string, SliceTimes>;

export interface SliceTimes {
  /** Until its own microbatches were computed; it waits for others from then on. */
  readonly busy: number;
  readonly total: number;
}

/** What is known of how fast workers compute. */
export interface Observed {
  /** The newest ones of the present generation, oldest first; as many as `SLICES` once it has been watched for long enough. */
  readonly slices: readonly Slice[];
  /** Microbatches a second, by id, of those that were watched for so long. */
  readonly speeds: ReadonlyMap<string, number>;
}

/** So many of them are half a minute and twelve steps at least. */
export const SLICES = 6;
const SLICE_MS = 5_000;
const SLICE_STEPS = 2;
/** A generation's first steps also pay for compiling, and for the first samples. */
const WARM_UP_STEPS = 2;

/** Watches how long the members of a generation compute in each step. Slices keep the memory bounded however fast steps are. */
export class Speeds implements Observed {
  #slices: Slice[] = [];
  #speeds = new Map<string, number>();
  /** Microbatches, by id. */
  #held: ReadonlyMap<string, number> = new Map();
  #reports = new Map<string, SliceTimes[]>();
  /** Of the present slice. */
  #began = 0;
  #steps = 0;
  #warm = 0;

  get slices(): readonly Slice[] {
    return this.#slices;
  }

  get speeds(): ReadonlyMap<string, number> {
    return this.#speeds;
  }

  /** Another generation, whose members hold so many microbatches. */
  open(held: ReadonlyMap<string, number>): void {
    this.#held = held;
    this.#slices = [];
    this.#reports.clear();
    this.#steps = 0;
    this.#warm = 0;
    this.#speeds = new Map([...this.#speeds].filter(([id]) => held.has(id)));
  }

  report(worker: string, { data, compute, total }: StepTimes): void {
    if (this.#warm < WARM_UP_STEPS) return;
    const reports = this.#reports.get(worker) ?? [];
    reports.push({ busy: data + compute, total });
    this.#reports.set(worker, reports);
  }

  /** All have committed a step. */
  step(now: number): void {
    if (this.#warm < WARM_UP_STEPS) {
      this.#warm++;
      this.#began = now;
      return;
    }
    this.#steps++;
    if (this.#steps < SLICE_STEPS || now - this.#began < SLICE_MS) return;
    const reports = [...this.#held.keys()].map((id) => [id, this.#reports.get(id) ?? []] as const);
    this.#reports.clear();
    this.#steps = 0;
    this.#began = now;
    // One is away, and tells later.
    if (reports.some(([, times]) => times.length === 0)) return;
    const slice = reports.map(([id, times]) => {
      const busy = median(times.map((one) => one.busy));
      return [id, { busy, total: median(times.map((one) => one.total)) }] as const;
    });
    this.#slices = [...this.#slices, new Map(slice)].slice(-SLICES);
    if (this.#slices.length === SLICES) this.#measure();
  }

  #measure(): void {
    for (const [id, held] of this.#held) {
      const busy = median(this.#slices.map((slice) => slice.get(id)!.busy));
      if (held > 0 && busy > 0) this.#speeds.set(id, held / busy);
    }
  }
}
