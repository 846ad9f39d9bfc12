import { Packr, Unpackr } from 'msgpackr';
import type { z } from 'zod';
import { EXIT } from '../errors.ts';
import { visible } from '../visible.ts';
import { BULK_ALIGNMENT, bulkFrame } from './bulk.ts';
import { checkFrame } from './frame-check.ts';
import { ProtocolError } from './protocol-error.ts';
import { PROTOCOL_VERSION } from './shared.ts';
import { type ToCoordinator, toCoordinator } from './to-coordinator.ts';
import { type ToWorker, toWorker } from './to-worker.ts';

/** Bytes to messages and back. Each frame is one msgpack array: [type, fields], bulk [type, fields, padding, data]. */
export interface Codec<Send, Receive> {
  encode(message: Send): Uint8Array;
  /** The same bytes one after the other, some of which other messages begin with, or have, too: they must not change. */
  encodeParts(message: Send): readonly Uint8Array[];
  /**
   * Binary fields of the result are views of `bytes`.
   *
   * @throws ProtocolError, whatever the bytes are
   */
  decode(bytes: Uint8Array): Receive;
}

/** Messages whose `data` travels as aligned bulk. */
const BULK_TYPES: ReadonlySet<string> = new Set<(ToWorker | ToCoordinator)['type']>(['state', 'reduced']);

const packr = new Packr({ useRecords: false, variableMapSize: true });
// Whichever integer format the sender chose; what is no safe integer as a number fails its schema.
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

interface Tagged {
  readonly type: string;
}

function encode(message: Tagged): Uint8Array {
  const parts = encodeParts(message);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** From so many bytes on, a message is worth sending in parts: of a generation of thousands, each would have a copy of hundreds of kilobytes. */
const LARGE_BYTES = 2 ** 16;

function encodeParts(message: Tagged): readonly Uint8Array[] {
  const { type, ...fields } = message as Tagged & Record<string, unknown>;
  if (BULK_TYPES.has(type)) {
    const { data, ...rest } = fields;
    return [bulkFrame(type, rest, data as Uint8Array)];
  }
  if (type !== 'generation') return [packr.pack([type, fields])];
  const parts = packedInParts(type, fields);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  return bytes < LARGE_BYTES ? [Buffer.concat(parts)] : parts;
}

/** From so many elements on, an array is worth remembering as it was packed. */
const LONG = 64;
const isLong = (value: unknown): value is readonly unknown[] => Array.isArray(value) && value.length >= LONG;

/** Arrays as bytes: of a generation thousands of workers are told the names of all of them, in the same array, which nobody changes. */
const packedOnce = new WeakMap<readonly unknown[], Uint8Array>();

/** The bytes that packing it at once would give: long arrays by themselves, and what lies between them. */
function packedInParts(type: string, fields: Readonly<Record<string, unknown>>): readonly Uint8Array[] {
  const entries = Object.entries(fields);
  // An array of two; a map of so many.
  if (entries.length > 15) return [packr.pack([type, fields])];
  const parts: Uint8Array[] = [];
  let between: Uint8Array[] = [Uint8Array.of(0x92), packr.pack(type), Uint8Array.of(0x80 + entries.length)];
  for (const [key, value] of entries) {
    between.push(packr.pack(key));
    if (isLong(value)) {
      parts.push(Buffer.concat(between), packOnce(value));
      between = [];
    } else between.push(packr.pack(value));
  }
  return between.length === 0 ? parts : [...parts, Buffer.concat(between)];
}

function packOnce(value: readonly unknown[]): Uint8Array {
  const packed = packedOnce.get(value) ?? Uint8Array.from(packr.pack(value));
  packedOnce.set(value, packed);
  return packed;
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('malformed', `The frame is not a message: ${what}.`);
}

function unpack(bytes: Uint8Array): unknown {
  checkFrame(bytes);
  // A plain Uint8Array, because binary fields come out as what goes in, and a Buffer's `slice` does not copy.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return unpackr.unpack(plain);
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Splits a frame into its type and its fields, without looking at what they hold. */
function open(bytes: Uint8Array): { readonly type: string; readonly fields: Record<string, unknown> } {
  const value = unpack(bytes);
  if (!Array.isArray(value)) throw malformed('it is not an array');
  const [type, fields, , data] = value as unknown[];
  if (typeof type !== 'string') throw malformed('it does not start with a type');
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields) || fields instanceof Uint8Array) {
    throw malformed(`'${shown(type)}' has no map of fields`);
  }
  if (!BULK_TYPES.has(type)) {
    if (value.length !== 2) throw malformed(`'${shown(type)}' has ${value.length} parts instead of 2`);
    return { type, fields: { ...fields, type } };
  }
  if (value.length !== 4) throw malformed(`'${shown(type)}' has ${value.length} parts instead of 4`);
  if (!(data instanceof Uint8Array)) throw malformed(`the data of '${type}' is not binary`);
  if ((data.byteOffset - bytes.byteOffset) % BULK_ALIGNMENT !== 0) {
    throw malformed(`the data of '${type}' does not start at a multiple of ${BULK_ALIGNMENT}`);
  }
  return { type, fields: { ...fields, type, data } };
}

/** What a peer sent, made fit to be shown. */
function shown(text: string): string {
  return visible(text.slice(0, 40));
}

interface MessageSchema {
  readonly shape: { readonly type: { readonly value: string } };
  safeParse(value: unknown): z.ZodSafeParseResult<Tagged>;
}

/** The schema of each message of one direction, by its type. */
function byType(union: { readonly options: readonly MessageSchema[] }): ReadonlyMap<string, MessageSchema> {
  return new Map(union.options.map((schema) => [schema.shape.type.value, schema]));
}

const schemasToWorker = byType(toWorker);
const schemasToCoordinator = byType(toCoordinator);

function parse(schemas: ReadonlyMap<string, MessageSchema>, type: string, fields: Record<string, unknown>): Tagged {
  const schema = schemas.get(type);
  if (schema === undefined) throw malformed(`'${shown(type)}' is no message of this direction`);
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined ? '' : ` ${shown(issue.path.join('.'))}: ${issue.message}`;
  throw malformed(`'${type}' has a wrong field${where}`);
}

function decodeToCoordinator(bytes: Uint8Array): ToCoordinator {
  const { type, fields } = open(bytes);
  // Before anything else, as another version's `hello` may have other fields.
  if (type === 'hello' && fields['version'] !== PROTOCOL_VERSION) {
    const theirs = typeof fields['version'] === 'number' ? fields['version'] : 'unknown';
    throw new ProtocolError(
      'unsupportedVersion',
      `The worker speaks protocol version ${theirs}, the coordinator ${PROTOCOL_VERSION}: install the same gradsocket on both.`,
      EXIT.configuration,
    );
  }
  return parse(schemasToCoordinator, type, fields) as ToCoordinator;
}

function decodeToWorker(bytes: Uint8Array): ToWorker {
  const { type, fields } = open(bytes);
  return parse(schemasToWorker, type, fields) as ToWorker;
}

/** At a worker: what it sends and receives. */
export const workerCodec: Codec<ToCoordinator, ToWorker> = { encode, encodeParts, decode: decodeToWorker };

/** At the coordinator. */
export const coordinatorCodec: Codec<ToWorker, ToCoordinator> = { encode, encodeParts, decode: decodeToCoordinator };
