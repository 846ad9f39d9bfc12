import { decodeMessage, type Field, textOf, valuesOf } from '../../shared/protobuf/decode.ts';

/** What an event file says, read without any of the code that writes one. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion: string | null;
  /** The status of a session log; 1: it starts. */
  readonly session: number | null;
  readonly scalars: Readonly<Record<string, number>>;
  readonly histograms: Readonly<Record<string, ReadHistogram>>;
}

interface ReadHistogram {
  readonly min: number;
  readonly max: number;
  readonly count: number;
  readonly sum: number;
  readonly sumOfSquares: number;
  readonly limits: readonly number[];
  readonly buckets: readonly number[];
}

/** The data of each record; throws where a checksum is wrong, or the file ends within a record. */
export function readRecords(file: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    check(file.subarray(at, at + 8), view.getUint32(at + 8, true));
    const data = file.subarray(at + 12, at + 12 + length);
    check(data, view.getUint32(at + 12 + length, true));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function check(bytes: Uint8Array, stored: number): void {
  const unmasked = BigInt.asUintN(32, BigInt(stored) - 0xa282ead8n);
  const crc = BigInt.asUintN(32, (unmasked << 15n) | (unmasked >> 17n));
  if (crc !== bitwiseCrc32c(bytes)) throw new Error(`checksum of ${bytes.length} bytes`);
}

/** Straight from the definition: division by x^32 + ... bit by bit, the message and the result reflected. */
function bitwiseCrc32c(bytes: Uint8Array): bigint {
  const reflected = (value: bigint, bits: number): bigint =>
    BigInt(`0b${value.toString(2).padStart(bits, '0').split('').toReversed().join('')}`);
  let remainder = 0xffffffffn;
  for (const byte of bytes) {
    remainder ^= reflected(BigInt(byte), 8) << 24n;
    for (let bit = 0; bit < 8; bit++) {
      const out = (remainder & 0x80000000n) !== 0n;
      remainder = (remainder << 1n) & 0xffffffffn;
      if (out) remainder ^= 0x1edc6f41n;
    }
  }
  return reflected(remainder ^ 0xffffffffn, 32);
}

export function readEvents(file: Uint8Array): readonly ReadEvent[] {
  return readRecords(file).map((record) => {
    const fields = decodeMessage(record);
    const values = messages(messages(fields, 5).flat(), 1);
    const tagged = <T>(number: number, read: (value: Field['value']) => T): Record<string, T> =>
      Object.fromEntries(
        values.flatMap((value) => {
          const [found] = valuesOf(value, number);
          return found === undefined ? [] : [[textOf(valuesOf(value, 1)[0]), read(found)]];
        }),
      );
    const [version] = valuesOf(fields, 3);
    const [session] = messages(fields, 7);
    return {
      wallTime: Number(valuesOf(fields, 1)[0]),
      step: Number(valuesOf(fields, 2)[0] ?? 0n),
      fileVersion: version === undefined ? null : textOf(version),
      session: session === undefined ? null : Number(valuesOf(session, 1)[0]),
      scalars: tagged(2, Number),
      histograms: tagged(5, histogram),
    };
  });
}

function histogram(value: Field['value']): ReadHistogram {
  const fields = decodeMessage(value as Uint8Array);
  const [min, max, count, sum, sumOfSquares] = [1, 2, 3, 4, 5].map((number) => Number(valuesOf(fields, number)[0]));
  const [limits, buckets] = [6, 7].map((number) => doubles(valuesOf(fields, number)[0] as Uint8Array));
  return {
    min: min!,
    max: max!,
    count: count!,
    sum: sum!,
    sumOfSquares: sumOfSquares!,
    limits: limits!,
    buckets: buckets!,
  };
}

function doubles(bytes: Uint8Array): readonly number[] {
  return [...new Float64Array(Uint8Array.from(bytes).buffer)];
}

function messages(fields: readonly Field[], number: number): Field[][] {
  return valuesOf(fields, number).map((value) => decodeMessage(value as Uint8Array));
}
