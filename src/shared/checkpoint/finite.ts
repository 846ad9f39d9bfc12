import { EXIT, GradsocketError } from '../errors.ts';
import type { Tensor } from './safetensors.ts';

/** Of everything that says that a run has left the numbers: what programs look for. */
export const DIVERGED = 'TRAINING_DIVERGED';

/** `what`: which figure is no finite number, and where. */
export function diverged(what: string): GradsocketError {
  return new GradsocketError(DIVERGED, EXIT.diverged, `${what}: training has diverged.`);
}

/** Float32 bits from here on, without the sign, are infinite or no number. */
const NOT_FINITE = 0x7f80_0000;

/** The first tensor that holds a value that is infinite or no number; null: there is none. */
export function notFinite(tensors: Iterable<Pick<Tensor, 'name' | 'type' | 'bytes'>>): string | null {
  for (const { name, type, bytes } of tensors) {
    if (type !== 'F32') continue;
    // Whoever reads a file may hand out bytes that lie anywhere.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
    const bits = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
    for (let index = 0; index < bits.length; index++) {
      if ((bits[index]! & 0x7fff_ffff) >= NOT_FINITE) return name;
    }
  }
  return null;
}
