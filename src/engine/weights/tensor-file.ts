import { readSafetensors, type TensorFile } from '../../shared/checkpoint/safetensors.ts';
import { GradsocketError } from '../../shared/errors.ts';
import { otherFormat } from './other-format.ts';

/**
 * What the file of `--weights` holds.
 *
 * @throws GradsocketError that says what it is where it is none of weights, and what is wrong with it where it is damaged
 */
export function readTensorFile(bytes: Uint8Array, file: string): TensorFile {
  const other = otherFormat(bytes, file);
  if (other !== null) throw other;
  try {
    return readSafetensors(bytes, file);
  } catch (error) {
    if (!(error instanceof GradsocketError)) throw error;
    const message = `${error.message.replace(/^Checkpoint /, '--weights ')} Copy it anew, or choose another file.`;
    throw new GradsocketError(error.code, error.exitCode, message, { cause: error });
  }
}
