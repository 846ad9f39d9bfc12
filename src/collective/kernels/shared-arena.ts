import { EXIT, GradsocketError } from '../../shared/errors.ts';

const PAGE = 65536;
const ALIGNMENT = 64;
/** What a 32-bit address reaches. Reserved as address space only: a page costs memory once it is written. */
const ADDRESS_SPACE = 65536 * PAGE;

/**
 * One shared WebAssembly memory, cut up by a bump allocator. The kernels run on it, sockets read into it and write from
 * it, other threads hold views of it. Addresses are bytes from its start, multiples of 64, never 0.
 *
 * Growing never moves it: views made before stay valid, they only do not reach what was added.
 */
export class SharedArena {
  readonly memory: WebAssembly.Memory;
  readonly #maximum: number;
  #used = ALIGNMENT;

  constructor(options: { readonly maximumBytes?: number } = {}) {
    const pages = Math.ceil(Math.min(options.maximumBytes ?? ADDRESS_SPACE, ADDRESS_SPACE) / PAGE);
    this.#maximum = pages * PAGE;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: pages, shared: true });
  }

  /** Post this to other threads. After an allocation that grew the memory, a longer buffer over the same bytes. */
  get buffer(): SharedArrayBuffer {
    return this.memory.buffer as unknown as SharedArrayBuffer;
  }

  get used(): number {
    return this.#used;
  }

  /** Address of `bytes` bytes. Zero where the memory is fresh; memory used before a `release` keeps what it held. */
  allocate(bytes: number): number {
    const address = this.#used;
    const end = address + Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
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
    return address;
  }

  /** Floats of their own, at a multiple of 64 bytes. Zero as `allocate` says. */
  allocateFloats(length: number): Float32Array {
    return this.floats(this.allocate(length * Float32Array.BYTES_PER_ELEMENT), length);
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
  }
}
