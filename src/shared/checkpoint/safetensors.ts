import { EXIT, GradsocketError } from '../errors.ts';

/** Bytes of one element, by the format's names of types. */
const ELEMENT_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
} as const;

export type TensorType = keyof typeof ELEMENT_BYTES;

export interface Tensor {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  /** Little-endian, row-major. */
  readonly bytes: Uint8Array;
}

export interface TensorFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
  /** All tensors' bytes, without the header. */
  readonly data: Uint8Array;
}

/** The format's own limit is 100 MB; ours bounds what a broken file makes us parse. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;
const LENGTH_BYTES = 8;
/** The format asks that data start at a multiple of 8; with 64 they can be used in place by everything. */
const DATA_ALIGNMENT = 64;

/**
 * Tensors in the order given, one after the other without gaps, as the format demands. `ofCopies`: says what replaces some of `metadata`,
 * from the tensors as they lie in the file, and not longer.
 */
export function writeSafetensors(
  tensors: readonly Tensor[],
  metadata: Readonly<Record<string, string>>,
  ofCopies: (copies: readonly Tensor[]) => Readonly<Record<string, string>> = () => ({}),
): Uint8Array<ArrayBuffer> {
  const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
  const room = LENGTH_BYTES + headerOf(tensors, metadata).length;
  const start = Math.ceil(room / DATA_ALIGNMENT) * DATA_ALIGNMENT;
  const file = new Uint8Array(start + bytes);
  let at = start;
  const copies = tensors.map((tensor) => {
    const copy = file.subarray(at, at + tensor.bytes.length);
    copy.set(tensor.bytes);
    at += copy.length;
    return { ...tensor, bytes: copy };
  });
  const header = headerOf(tensors, { ...metadata, ...ofCopies(copies) });
  if (header.length > start - LENGTH_BYTES)
    throw new Error('The metadata of the copies are longer than what stood for them');
  new DataView(file.buffer).setBigUint64(0, BigInt(start - LENGTH_BYTES), true);
  file.set(header, LENGTH_BYTES);
  file.fill(0x20, LENGTH_BYTES + header.length, start);
  return file;
}

function headerOf(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Buffer {
  // Without a prototype, so that a tensor may have any name.
  const header = Object.assign(Object.create(null) as Record<string, unknown>, { __metadata__: metadata });
  let end = 0;
  for (const { name, type, shape, bytes } of tensors) {
    if (name in header) throw new Error(`Two tensors are named ${name}`);
    if (bytes.length !== bytesOf(type, shape))
      throw new Error(`${name} has ${bytes.length} bytes, not those of its shape`);
    header[name] = { dtype: type, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  return Buffer.from(JSON.stringify(header), 'utf8');
}

/**
 * Reads a safetensors file and checks all of it but the values. The tensors are views of `bytes`.
 *
 * @throws GradsocketError BAD_CHECKPOINT, which names `file`
 */
export function readSafetensors(bytes: Uint8Array, file: string): TensorFile {
  const bad = (what: string) => badCheckpoint(file, what);
  if (bytes.length < LENGTH_BYTES) throw bad(`it has ${bytes.length} bytes; a safetensors file has at least 8`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const announced = view.getBigUint64(0, true);
  if (announced > BigInt(MAX_HEADER_BYTES)) throw bad('it does not start with the length of a safetensors header');
  const start = LENGTH_BYTES + Number(announced);
  if (start > bytes.length) throw bad(`it is cut short: its header needs ${start} bytes, the file has ${bytes.length}`);
  const { metadata, entries } = readHeader(bytes.subarray(LENGTH_BYTES, start), bad);
  const data = bytes.subarray(start);
  const tensors = new Map<string, Tensor>();
  let end = 0;
  for (const { name, type, shape, offsets } of entries.toSorted(
    (a, b) => a.offsets[0] - b.offsets[0] || a.offsets[1] - b.offsets[1],
  )) {
    if (offsets[0] !== end) throw bad(`tensor '${name}' starts at byte ${offsets[0]} of the data, not at ${end}`);
    const size = bytesOf(type, shape);
    if (offsets[1] - offsets[0] !== size) {
      throw bad(
        `tensor '${name}' has ${offsets[1] - offsets[0]} bytes, but its shape [${shape.join(', ')}] needs ${size}`,
      );
    }
    end = offsets[1];
    tensors.set(name, { name, type, shape, bytes: data.subarray(offsets[0], offsets[1]) });
  }
  if (end > data.length) throw bad(`it is cut short: it should have ${start + end} bytes and has ${bytes.length}`);
  if (end < data.length) throw bad(`${data.length - end} bytes follow its last tensor`);
  return { tensors, metadata, data };
}

export function badCheckpoint(file: string, what: string, cause?: unknown): GradsocketError {
  return new GradsocketError('BAD_CHECKPOINT', EXIT.badData, `Checkpoint ${file} cannot be used: ${what}.`, { cause });
}

interface Entry {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly offsets: readonly [number, number];
}

function bytesOf(type: TensorType, shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, ELEMENT_BYTES[type]);
}

function readHeader(
  bytes: Uint8Array,
  bad: (what: string) => GradsocketError,
): { metadata: Record<string, string>; entries: Entry[] } {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw bad('its header is not JSON');
  }
  if (!isRecord(header)) throw bad('its header is not a JSON object');
  const { __metadata__: metadata = {}, ...rest } = header;
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string')) {
    throw bad('its metadata are not strings');
  }
  const entries = Object.entries(rest).map(([name, value]) => {
    const entry = readEntry(name, value);
    if (entry === null) throw bad(`the entry of tensor '${name.slice(0, 200)}' in its header is wrong`);
    return entry;
  });
  return { metadata: metadata as Record<string, string>, entries };
}

function readEntry(name: string, value: unknown): Entry | null {
  if (!isRecord(value)) return null;
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) return null;
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) return null;
  return { name, type: dtype as TensorType, shape, offsets: [offsets[0]!, offsets[1]!] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
