import { readdirSync, readFileSync } from 'node:fs';

/**
 * Golden vectors are JSON files, so that programs in other languages can read them: a message, and the bytes of its
 * frame in hex. What JSON cannot hold is written as {"$binary": hex} and {"$float": "NaN"}.
 */
export interface Vector {
  readonly name: string;
  readonly message: Readonly<Record<string, unknown>>;
  readonly frame: Uint8Array;
}

export interface RefusedVector {
  readonly why: string;
  readonly direction: 'to-coordinator' | 'to-worker';
  readonly frame: Uint8Array;
  readonly close: string;
}

const folder = new URL('./vectors/', import.meta.url);

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
}

function revive(_: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    if ('$binary' in value) return bytesOf(String(value.$binary));
    if ('$float' in value) return Number(value.$float);
  }
  return value;
}

export function vectorsOf(direction: 'to-coordinator' | 'to-worker'): Vector[] {
  const files = readdirSync(new URL(`${direction}/`, folder)).toSorted();
  return files.map((file) => {
    const text = readFileSync(new URL(`${direction}/${file}`, folder), 'utf8');
    const { message, frame } = JSON.parse(text, revive) as { message: Vector['message']; frame: string };
    return { name: file.replace(/\.json$/, ''), message, frame: bytesOf(frame) };
  });
}

export function refusedVectors(): RefusedVector[] {
  const list = JSON.parse(readFileSync(new URL('refused.json', folder), 'utf8')) as (Omit<RefusedVector, 'frame'> & {
    frame: string;
  })[];
  return list.map((vector) => ({ ...vector, frame: bytesOf(vector.frame) }));
}

/** The message of the vector of that name, with another value at `place`, as `members.0.name`. */
export function messageWith(
  direction: 'to-coordinator' | 'to-worker',
  name: string,
  place: string,
  value: unknown,
): unknown {
  const message = structuredClone(vectorsOf(direction).find((vector) => vector.name === name)!.message);
  const keys = place.split('.');
  const last = keys.pop()!;
  const holder = keys.reduce<unknown>((found, key) => (found as Record<string, unknown>)[key], message);
  (holder as Record<string, unknown>)[last] = value;
  return message;
}
