import type { z } from 'zod';
import { EXIT } from '../errors.ts';
import { visible } from '../visible.ts';
import { BULK_ALIGNMENT, bulkFrame } from './bulk.ts';
import { withCrowd, withoutCrowd } from './crowd.ts';
import { isMap, pack, unpack } from './msgpack.ts';
import { malformed, ProtocolError } from './protocol-error.ts';
import { PROTOCOL_VERSION } from './shared.ts';
import { type ToCoordinator, toCoordinator } from './to-coordinator.ts';
import { type ToWorker, toWorker } from './to-worker.ts';

/** Bytes to messages and back. Each frame is one msgpack array: [type, fields], bulk [type, fields, padding, data]. */
export interface Codec<Send, Receive> {
  encode(message: Send): Uint8Array;
  /** The same bytes one after the other, some of which other messages have, too: they must not change. */
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

interface Tagged {
  readonly type: string;
}

function encode(message: Tagged): Uint8Array {
  const parts = encodeParts(message);
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function encodeParts(message: Tagged): readonly Uint8Array[] {
  const { type, ...fields } = message as Tagged & Record<string, unknown>;
  if (BULK_TYPES.has(type)) {
    const { data, ...rest } = fields;
    return [bulkFrame(type, rest, data as Uint8Array)];
  }
  const { deflated } = fields;
  if (type !== 'generation' || !(deflated instanceof Uint8Array)) return [pack([type, fields])];
  return [beforeBinary(pack([type, { ...withoutCrowd(fields), deflated: NOTHING }]), deflated.length), deflated];
}

const NOTHING = new Uint8Array(0);

/** What ends in an empty `bin` (two bytes), but for that: the header of a `bin 32` of so many bytes is there instead. */
function beforeBinary(packed: Uint8Array, bytes: number): Uint8Array {
  const head = Buffer.alloc(packed.length + 3);
  head.set(packed.subarray(0, -2));
  head[packed.length - 2] = 0xc6;
  head.writeUInt32BE(bytes, packed.length - 1);
  return head;
}

/** Splits a frame into its type and its fields, without looking at what they hold. */
function open(bytes: Uint8Array): { readonly type: string; readonly fields: Record<string, unknown> } {
  const value = unpack(bytes);
  if (!Array.isArray(value)) throw malformed('it is not an array');
  const [type, fields, , data] = value as unknown[];
  if (typeof type !== 'string') throw malformed('it does not start with a type');
  if (!isMap(fields)) throw malformed(`'${shown(type)}' has no map of fields`);
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

function parse(
  schemas: ReadonlyMap<string, MessageSchema>,
  type: string,
  fields: Readonly<Record<string, unknown>>,
): Tagged {
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
  return parse(schemasToWorker, type, type === 'generation' ? withCrowd(fields) : fields) as ToWorker;
}

/** At a worker: what it sends and receives. */
export const workerCodec: Codec<ToCoordinator, ToWorker> = { encode, encodeParts, decode: decodeToWorker };

/** At the coordinator. */
export const coordinatorCodec: Codec<ToWorker, ToCoordinator> = { encode, encodeParts, decode: decodeToCoordinator };
