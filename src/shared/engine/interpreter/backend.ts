import {
  enableProdMode,
  engine,
  getKernel,
  type NamedAttrMap,
  setBackend,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DType } from '../../program/program.ts';
import type { Shape } from '../../program/rules/rule.ts';

export type BackendName = 'wasm' | 'cpu';

/** A tensor in a backend's memory. Whoever gets one releases it. */
export type Tensor = TensorInfo;

/**
 * One of tfjs's backends without tfjs's engine: kernels are called directly, with no tape, no scopes and no current
 * backend, so that two can be used side by side and every tensor has an owner.
 */
export class Backend {
  readonly name: BackendName;
  readonly #backend: BackendWasm | MathBackendCPU;

  /** Backends are one per process: opening one again gives the same memory. */
  static async open(name: BackendName): Promise<Backend> {
    // Production mode is how tfjs is told not to print its banner.
    enableProdMode();
    const before = EMSCRIPTEN_EVENTS.map((event) => new Set(process.listeners(event as 'exit')));
    await (name === 'wasm' ? import('@tensorflow/tfjs-backend-wasm') : import('@tensorflow/tfjs-backend-cpu'));
    await setBackend(name);
    for (const [index, event] of EMSCRIPTEN_EVENTS.entries()) {
      for (const listener of process.listeners(event as 'exit')) {
        if (!before[index]!.has(listener)) process.removeListener(event, listener);
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
    return (Array.isArray(output) ? output[0] : output) as Tensor;
  }

  /** A tensor whose contents are whatever was in memory. */
  allocate(shape: Shape, dtype: DType = 'float32'): Tensor {
    if ('dataIdMap' in this.#backend) return this.#backend.makeOutput([...shape], dtype);
    const size = shape.reduce((product, n) => product * n, 1);
    const values = dtype === 'int32' ? new Int32Array(size) : new Float32Array(size);
    return this.#backend.makeTensorInfo([...shape], dtype, values);
  }

  /** A tensor of these values. They may not change while the tensor lives: backends may keep the array. */
  upload(values: Float32Array | Int32Array, shape: Shape, dtype: DType): Tensor {
    return { dataId: this.#backend.write(values, [...shape], dtype), shape: [...shape], dtype };
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
    return this.#wasm().getMemoryOffset(dataId as { readonly id: number });
  }

  /** What the wasm backend's tensors lie in. */
  get memory(): WebAssembly.Memory {
    // Emscripten's table of exports, which its types do not tell of.
    const module = this.#wasm().wasm as unknown as { readonly asm: { readonly memory: WebAssembly.Memory } };
    return module.asm.memory;
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

  #wasm(): BackendWasm {
    if ('dataIdMap' in this.#backend) return this.#backend;
    throw new Error(`the ${this.name} backend has no addresses`);
  }

  #view(tensor: Tensor) {
    if ('dataIdMap' in this.#backend) return this.#backend.typedArrayFromHeap(tensor);
    return this.#backend.data.get(tensor.dataId).values;
  }
}

/**
 * Emscripten's loader listens to these and would turn our errors into its own: what it adds is taken off again.
 */
const EMSCRIPTEN_EVENTS = ['uncaughtException', 'unhandledRejection'];
