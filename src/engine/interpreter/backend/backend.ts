import {
  enableProdMode,
  engine,
  getKernel,
  type KernelBackend,
  type NamedAttrMap,
  registerBackend,
  removeBackend,
  setBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { EXIT, GradsocketError } from '../../../shared/errors.ts';
import { noAddressSpace } from '../../../shared/exhausted.ts';
import { sizeOf } from '../../../shared/network/layout.ts';
import type { Shape } from '../../program/rules/rule.ts';
import { openSharedBackend } from '../threads/shared-backend.ts';

export type BackendName = 'wasm' | 'cpu';

type DType = 'float32' | 'int32';

/** Where Emscripten has the memory, which tfjs's types do not tell: made by the loader where it is shared, else exported. */
interface EmscriptenModule {
  readonly wasmMemory?: WebAssembly.Memory;
  readonly asm: { readonly memory: WebAssembly.Memory };
}

/** What a 32-bit address of WebAssembly reaches. */
const WASM_ADDRESS_SPACE = 2 ** 32;

/** A tensor in a backend's memory. Whoever gets one releases it. */
export type Tensor = TensorInfo;

/**
 * Emscripten's loader listens to what the process does not catch, and would throw it once more from there: its two
 * listeners are taken off again, known by their text.
 */
const EMSCRIPTEN_LISTENERS = {
  uncaughtException: /ExitStatus/,
  unhandledRejection: /^function\s*\(reason\)\s*\{\s*throw reason;?\s*\}$/,
};

/**
 * One of tfjs's backends without tfjs's engine: kernels are called directly, with no tape, no scopes and no current
 * backend, so that two can be used side by side and every tensor has an owner.
 */
export class Backend {
  readonly name: BackendName;
  readonly #backend: BackendWasm | MathBackendCPU;

  /**
   * Backends are one per process: opening one again gives the same memory. tfjs has one current backend for all that is in the
   * process, also for another copy of itself: a program that computes with tfjs, too, keeps the one it has.
   * @param shared whether the memory of `wasm` is to be one that threads can share; it is not where it was open before without
   */
  static async open(name: BackendName, shared = false): Promise<Backend> {
    // Production mode is how tfjs is told not to print its banner.
    enableProdMode();
    await (name === 'wasm' ? import('@tensorflow/tfjs-backend-wasm') : import('@tensorflow/tfjs-backend-cpu'));
    try {
      await makeKnown(name, shared);
      await setUp(name);
    } finally {
      for (const [event, text] of Object.entries(EMSCRIPTEN_LISTENERS)) {
        for (const listener of process.rawListeners(event)) {
          if (text.test(listener.toString())) process.removeListener(event, listener as () => void);
        }
      }
    }
    return new Backend(name, engine().findBackend(name) as BackendWasm | MathBackendCPU);
  }

  private constructor(name: BackendName, backend: BackendWasm | MathBackendCPU) {
    this.name = name;
    this.#backend = backend;
  }

  /** Runs one kernel of tfjs. Attributes are tfjs's; so are the names of inputs. */
  run(kernel: string, inputs: Readonly<Record<string, Tensor>>, attributes: object = {}): Tensor {
    const config = getKernel(kernel, this.name);
    if (config === undefined || config === null) throw new Error(`tfjs's ${this.name} backend has no ${kernel}`);
    const output = config.kernelFunc({ inputs, attrs: attributes as NamedAttrMap, backend: this.#backend });
    return this.#checked((Array.isArray(output) ? output[0] : output) as Tensor);
  }

  /** A tensor whose contents are whatever was in memory. */
  allocate(shape: Shape, dtype: DType = 'float32'): Tensor {
    const size = sizeOf(shape);
    if ('dataIdMap' in this.#backend) {
      // Larger numbers would wrap around on their way to the allocator, and get too little.
      if (4 * size >= WASM_ADDRESS_SPACE) throw outOfMemory();
      return this.#checked(this.#backend.makeOutput([...shape], dtype));
    }
    const values = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
    return this.#backend.makeTensorInfo([...shape], dtype, values);
  }

  /** A tensor of these values. They may not change while the tensor lives: backends may keep the array. */
  upload(values: Float32Array | Int32Array, shape: Shape, dtype: DType): Tensor {
    return this.#checked({ dataId: this.#backend.write(values, [...shape], dtype), shape: [...shape], dtype });
  }

  /** The tensor's memory. Views of `wasm` are good until the next allocation, which may move the memory. */
  floats(tensor: Tensor): Float32Array {
    return this.#view(tensor) as Float32Array;
  }

  integers(tensor: Tensor): Int32Array {
    return this.#view(tensor) as Int32Array;
  }

  /** Where the tensor lies in `memory`, in bytes. */
  address({ dataId }: Tensor): number {
    return this.#wasm().getMemoryOffset(dataId);
  }

  addresses<Tensors extends readonly Tensor[]>(...tensors: Tensors): { [Index in keyof Tensors]: number } {
    // The cast is sound: map keeps the length.
    return tensors.map((tensor) => this.address(tensor)) as { [Index in keyof Tensors]: number };
  }

  /** What the wasm backend's tensors lie in. */
  get memory(): WebAssembly.Memory {
    const module = this.#wasm().wasm as unknown as EmscriptenModule;
    return module.wasmMemory ?? module.asm.memory;
  }

  /** The same memory in another shape. Both must be released. */
  alias(tensor: Tensor, shape: Shape): Tensor {
    this.#backend.incRef(tensor.dataId);
    return { ...tensor, shape: [...shape] };
  }

  release(...tensors: readonly Tensor[]): void {
    for (const { dataId } of tensors) this.#backend.disposeData(dataId);
  }

  tensorCount(): number {
    return this.#backend.numDataIds();
  }

  /** tfjs does not look whether the wasm allocator found room: address 0 says that it did not. */
  #checked(tensor: Tensor): Tensor {
    if (this.name === 'wasm' && sizeOf(tensor.shape) > 0 && this.address(tensor) === 0) {
      this.release(tensor);
      throw outOfMemory();
    }
    return tensor;
  }

  #wasm(): BackendWasm {
    if ('dataIdMap' in this.#backend) return this.#backend;
    throw new Error(`the ${this.name} backend has no addresses`);
  }

  #view(tensor: Tensor) {
    if ('dataIdMap' in this.#backend) return this.#backend.typedArrayFromHeap(tensor);
    return this.#backend.data.get(tensor.dataId).values;
  }
}

/** Makes the backend for tfjs, so that there is nothing to wait for while it is the current one. */
async function makeKnown(name: BackendName, shared: boolean): Promise<void> {
  const { registry } = engine();
  // Not findBackend, which would start the ordinary build to answer.
  if (name in registry) return;
  const backend = await (shared ? openSharedBackend() : openOrdinary(name));
  // Somebody else may have opened it meanwhile, and computes with it.
  if (name in registry) return;
  removeBackend(name);
  registerBackend(name, () => backend);
}

async function openOrdinary(name: BackendName): Promise<KernelBackend> {
  try {
    return await engine().findBackendFactory(name)();
  } catch (error) {
    // What tfjs's code needs is there, so that it is memory which is not.
    throw noAddressSpace(error);
  }
}

/** Sets up the backend's kernels, which tfjs does only for the current one. */
async function setUp(name: BackendName): Promise<void> {
  const { backendName: before } = engine();
  // For a backend that is there it is done when the call returns, before anybody else computes.
  const done = setBackend(name);
  if (before) await setBackend(before);
  await done;
}

function outOfMemory(): GradsocketError {
  return new GradsocketError(
    'OUT_OF_MEMORY',
    EXIT.configuration,
    'The wasm engine’s memory of 4 GiB is too small for one microbatch. Raise --microbatches or lower --batch, so that microbatches are smaller.',
  );
}
