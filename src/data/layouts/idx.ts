import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { fileKind } from '../files/file-kind.ts';

/** An IDX file (the format of MNIST) of unsigned bytes. */
export interface IdxArray {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

/** 0 0 TYPE DIMENSIONS, then each dimension as a big-endian uint32, then the values. */
const UNSIGNED_BYTE = 0x08;
/** As many bytes as tell what came in its place: as a rule a web page. */
const LOOKED_AT = 1024;

export function parseIdx(bytes: Uint8Array, file: string, dimensions: readonly number[]): IdxArray {
  const rank = bytes[3] ?? 0;
  const wanted = dimensions.map((n) => `0x${((UNSIGNED_BYTE << 8) | n).toString(16).padStart(8, '0')}`).join(' or ');
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== UNSIGNED_BYTE || !dimensions.includes(rank)) {
    const magic = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    const kind = fileKind(bytes.subarray(0, LOOKED_AT));
    const found = magic === '' ? 'is empty' : kind === null ? `starts with 0x${magic}` : `is ${kind},`;
    throw new GradsocketError(
      'IDX_MAGIC',
      EXIT.badData,
      `${file} ${found} where an IDX file of this name starts with ${wanted}. Fetch the file again, or check that images and labels are not swapped.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = 4 + 4 * rank;
  const shape = bytes.length < header ? null : Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape?.reduce((product, n) => product * n, 1) ?? 0;
  if (shape === null || bytes.length !== header + size) {
    const said = shape === null ? `at least ${header}` : `${header + size} (${shape.join('x')} values)`;
    throw new GradsocketError(
      'IDX_LENGTH',
      EXIT.badData,
      `${file} has ${bytes.length} bytes where its header says ${said}: it is cut short or not whole. Fetch the file again.`,
    );
  }
  return { shape, values: bytes.subarray(header) };
}
