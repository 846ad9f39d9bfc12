import { EXIT, GradsocketError } from '../../shared/errors.ts';

const PAGE = 65536;
const ALIGNMENT = 64;
/** What a 32-bit address reaches. Reserved as address space only: a page costs memory once it is written. */
const ADDRESS_SPACE = 65536 * PAGE;

/** A part of the arena. */
interface Block {
  readonly address: number;
  readonly bytes: number;
}

/**
 * One shared WebAssembly memory, cut up from its start; what was leased is used again once it is given back. The kernels run on it, sockets read into it and write from
 * it, other threads hold views of it. Addresses are bytes from its start, multiples of 64, never 0.
 *
 * Growing never moves it: views made before stay valid, they only do not reach what was added.
 */
export class SharedArena {
  readonly memory: WebAssembly.Memory;
  readonly #maximum: number;
  #used = ALIGNMENT;
  /** The largest that `#used` has been: above it all is zero. */
  #everUsed = ALIGNMENT;
  /** Given back below `#used`, by address; no two of them are neighbours. */
  #free: Block[] = [];

  constructor(options: { readonly maximumBytes?: number } = {}) {
    const pages = Math.ceil(Math.min(options.maximumBytes ?? ADDRESS_SPACE, ADDRESS_SPACE) / PAGE);
    this.#maximum = pages * PAGE;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
  }

  /** Post this to other threads. After an allocation that grew the memory, a longer buffer over the same bytes. */
  get buffer(): SharedArrayBuffer {
    return this.memory.buffer as unknown as SharedArrayBuffer;
  }

  /** Bytes up to the end of what is in use. */
  get used(): number {
    return this.#used;
  }

  /** Address of `bytes` bytes. Zero where the memory is fresh; memory that was in use before keeps what it held. */
  allocate(bytes: number): number {
    const size = Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return this.#takeFree(size) ?? this.#append(size);
  }

  /** Room that is given back as a whole. */
  lease(): ArenaLease {
    return new ArenaLease(this);
  }

  /** For leases. Whoever holds views of it must have let go of them. */
  giveBack(blocks: readonly Block[]): void {
    const all = [...this.#free, ...blocks.filter(({ bytes }) => bytes > 0)].toSorted((a, b) => a.address - b.address);
    const joined: Block[] = [];
    for (const block of all) {
      const last = joined.at(-1);
      if (last !== undefined && last.address + last.bytes === block.address) {
        joined[joined.length - 1] = { address: last.address, bytes: last.bytes + block.bytes };
      } else joined.push(block);
    }
    const last = joined.at(-1);
    if (last !== undefined && last.address + last.bytes === this.#used) {
      this.#used = last.address;
      joined.pop();
    }
    this.#free = joined;
  }

  /** The smallest block that holds it, lest large ones be cut up. */
  #takeFree(size: number): number | null {
    if (size === 0) return null;
    let best: Block | null = null;
    for (const block of this.#free) {
      if (block.bytes >= size && (best === null || block.bytes < best.bytes)) best = block;
    }
    if (best === null) return null;
    const { address, bytes } = best;
    const rest = bytes > size ? [{ address: address + size, bytes: bytes - size }] : [];
    this.#free.splice(this.#free.indexOf(best), 1, ...rest);
    return address;
  }

  #append(size: number): number {
    const address = this.#used;
    const end = address + size;
    if (end > this.#maximum) {
      throw new GradsocketError(
        'OUT_OF_MEMORY',
        EXIT.configuration,
        `The shared memory would need ${end} bytes, but ${this.#maximum} are its limit. Train a smaller model or use more workers.`,
      );
    }
    const missing = end - this.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    this.#used = end;
    this.#everUsed = Math.max(this.#everUsed, end);
    return address;
  }

  /** Floats of their own, at a multiple of 64 bytes. Zero, also where the memory was in use before. */
  allocateFloats(length: number): Float32Array {
    const usedBefore = this.#everUsed;
    const address = this.allocate(length * Float32Array.BYTES_PER_ELEMENT);
    const floats = this.floats(address, length);
    // Memory that was never used is not touched: it costs nothing until it is written.
    return address < usedBefore ? floats.fill(0) : floats;
  }

  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.buffer, address, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.buffer, address, length);
  }

  /** For `release`: everything that is allocated from now on is given back together. */
  mark(): number {
    return this.#used;
  }

  /** Gives back what was allocated since `mark`. Whoever holds views of it must have let go of them. */
  release(mark: number): void {
    if (mark > this.#used) throw new RangeError(`mark ${mark} lies above the ${this.#used} bytes in use`);
    this.#used = mark;
    this.#free = this.#free.filter(({ address }) => address < mark);
  }
}

/** What is allocated for the same time, a generation for example, and given back together. */
export class ArenaLease {
  readonly #arena: SharedArena;
  #blocks: Block[] = [];

  constructor(arena: SharedArena) {
    this.#arena = arena;
  }

  /** As `SharedArena.allocate`. */
  allocate(bytes: number): number {
    const address = this.#arena.allocate(bytes);
    this.#blocks.push({ address, bytes: Math.ceil(bytes / ALIGNMENT) * ALIGNMENT });
    return address;
  }

  /** From now on others may have it. */
  end(): void {
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#arena.giveBack(blocks);
  }
}
