import { alignUp, sizeOf } from '../../shared/network/layout.ts';

/** What one slot can hold. */
export interface SlotShape {
  readonly slots: number;
  /** Samples at most. */
  readonly samples: number;
  readonly imageShape: readonly number[];
  /** Shape of one sample's mask, for each dropout layer. */
  readonly maskShapes: readonly (readonly number[])[];
  /** Targets of one sample, where labels are mixed; absent: there are none. */
  readonly targets?: number;
}

/** What a filled slot holds. */
export interface SlotHeader {
  /** Number of the assignment that it was filled for; what it holds for another one is void. */
  readonly assignment: number;
  readonly step: number;
  readonly microbatch: number;
  readonly count: number;
}

export interface SlotViews {
  readonly images: Float32Array;
  readonly labels: Int32Array;
  /** Empty where labels are not mixed. */
  readonly targets: Float32Array;
  readonly masks: readonly Float32Array[];
}

/** In int32s: two flags for the ring, then a line of 64 bytes for each slot's state and header. */
const LINE = 16;
export const FLAG = { readerWaits: 0, writerWaits: 1 } as const;
/** taken: the reader works with it. */
const STATE = { free: 0, full: 1, taken: 2 } as const;
const PAGE = 65_536;
const MAX_PAGES = 65_536;

interface SlotOffsets {
  /** In bytes from the start of a slot; all multiples of 64, so that an engine can use the memory in place. */
  readonly labels: number;
  readonly targets: number;
  readonly masks: readonly number[];
  readonly bytes: number;
}

function offsetsOf({ samples, imageShape, maskShapes, targets: each = 0 }: SlotShape): SlotOffsets {
  const labels = 4 * alignUp(samples * sizeOf(imageShape));
  const targets = labels + 4 * alignUp(samples);
  let next = targets + 4 * alignUp(samples * each);
  const masks = maskShapes.map((shape) => {
    const start = next;
    next += 4 * alignUp(samples * sizeOf(shape));
    return start;
  });
  return { labels, targets, masks, bytes: next };
}

export function slotBytes(shape: SlotShape): number {
  return offsetsOf(shape).bytes;
}

/** Whether the slots fit one shared memory at all. */
export function slotsFit(shape: SlotShape): boolean {
  return memoryPages(shape) <= MAX_PAGES;
}

/** WebAssembly's memory starts at a page, so that slots can be aligned; a bare SharedArrayBuffer promises nothing. */
export function allocateSlots(shape: SlotShape): SharedArrayBuffer {
  const pages = memoryPages(shape);
  const buffer: unknown = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
  if (!(buffer instanceof SharedArrayBuffer)) throw new TypeError('shared memory is not shared');
  return buffer;
}

function memoryPages(shape: SlotShape): number {
  return Math.ceil((4 * LINE * (1 + shape.slots) + shape.slots * slotBytes(shape)) / PAGE);
}

/**
 * A ring of slots in shared memory: one thread fills them in turn, another takes them in the same turn and frees them in
 * any order. Both ends make their own object on the same memory. A flag says that the other end waits to be told; all
 * else goes through the slots' states, so that at full speed no messages are exchanged.
 */
export class SlotRing {
  readonly shape: SlotShape;
  readonly #memory: SharedArrayBuffer;
  readonly #offsets: SlotOffsets;
  readonly #lines: Int32Array;

  constructor(memory: SharedArrayBuffer, shape: SlotShape) {
    this.shape = shape;
    this.#memory = memory;
    this.#offsets = offsetsOf(shape);
    this.#lines = new Int32Array(memory, 0, LINE * (1 + shape.slots));
  }

  raise(flag: keyof typeof FLAG): void {
    Atomics.store(this.#lines, FLAG[flag], 1);
  }

  /** Whether it was raised. */
  lower(flag: keyof typeof FLAG): boolean {
    return Atomics.exchange(this.#lines, FLAG[flag], 0) === 1;
  }

  isFree(slot: number): boolean {
    return Atomics.load(this.#lines, LINE * (1 + slot)) === STATE.free;
  }

  isFull(slot: number): boolean {
    return Atomics.load(this.#lines, LINE * (1 + slot)) === STATE.full;
  }

  countFree(): number {
    let free = 0;
    for (let slot = 0; slot < this.shape.slots; slot++) if (this.isFree(slot)) free++;
    return free;
  }

  fill(slot: number, { assignment, step, microbatch, count }: SlotHeader): void {
    const line = LINE * (1 + slot);
    this.#lines[line + 1] = assignment;
    this.#lines[line + 2] = step;
    this.#lines[line + 3] = microbatch;
    this.#lines[line + 4] = count;
    // Last, and atomically: what was written to the slot before is seen by whoever sees this.
    Atomics.store(this.#lines, line, STATE.full);
  }

  take(slot: number): void {
    Atomics.store(this.#lines, LINE * (1 + slot), STATE.taken);
  }

  free(slot: number): void {
    Atomics.store(this.#lines, LINE * (1 + slot), STATE.free);
  }

  headerOf(slot: number): SlotHeader {
    const line = LINE * (1 + slot);
    return {
      assignment: this.#lines[line + 1]!,
      step: this.#lines[line + 2]!,
      microbatch: this.#lines[line + 3]!,
      count: this.#lines[line + 4]!,
    };
  }

  views(slot: number, count: number): SlotViews {
    const start = 4 * LINE * (1 + this.shape.slots) + slot * this.#offsets.bytes;
    const { imageShape, maskShapes, targets = 0 } = this.shape;
    return {
      images: new Float32Array(this.#memory, start, count * sizeOf(imageShape)),
      labels: new Int32Array(this.#memory, start + this.#offsets.labels, count),
      targets: new Float32Array(this.#memory, start + this.#offsets.targets, count * targets),
      masks: maskShapes.map(
        (shape, mask) => new Float32Array(this.#memory, start + this.#offsets.masks[mask]!, count * sizeOf(shape)),
      ),
    };
  }
}
