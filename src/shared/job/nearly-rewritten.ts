import type { Field } from './fields.ts';
import { isAllowed, meant } from './nearly-allowed.ts';

export interface Rewrite {
  readonly as: (text: string) => string;
  readonly why: string;
  /** Of these flags alone. */
  readonly of?: RegExp;
}

/** What stands around or in a value and is none of it, the likeliest first. Each is tried; that counts which makes it right. */
const REWRITES: readonly Rewrite[] = [
  // A page of the web, or a shell that keeps them.
  { as: (text) => text.replace(/^["'`‘’‚“”„«»]+|["'`‘’‚“”„«»]+$/g, ''), why: 'Quotes around it became a part of it' },
  { as: withPlainDashes, why: 'Its dash is none of those on a keyboard' },
  { as: (text) => text.normalize('NFKC'), why: 'It was written in characters that only look alike' },
  { as: (text) => text.replace(/^=+\s*/, ''), why: 'One = between flag and value is enough' },
  { as: (text) => text.replace(/\s*[,;.]+$/, ''), why: 'Nothing stands behind it' },
  { as: (text) => text.toLowerCase(), why: 'It is written in small letters' },
  { as: (text) => text.replaceAll(',', '.'), why: 'It is written with a point' },
  {
    as: (text) => text.toLowerCase().replace(/[_\s]+/g, '-'),
    why: 'It has small letters, and dashes between words',
    of: /^(?:image|add|queue|(?:.*-)?(?:name|namespace|claim|secret|class))$/,
  },
  // Addresses and digests.
  { as: (text) => text.replace(/^[a-z+]+:\/\//i, '').replace(/\/+$/, ''), why: 'It has no scheme' },
  { as: inBinaryUnits, why: 'It is in Ki, Mi, Gi or Ti' },
  { as: (text) => text.toLowerCase().replace(/^sha-?256[:=\s]*/, ''), why: 'It is the digits alone' },
];

function inBinaryUnits(text: string): string {
  return text.replace(
    /^([\d.]+)\s*([kmgt])i?b?$/i,
    (_, digits: string, unit: string) => `${digits}${unit.toUpperCase()}i`,
  );
}

function withPlainDashes(text: string): string {
  return text.replace(/[‐‑‒–—―−﹣－]/g, '-');
}

/** The advice for a value that is right but for how it was typed, pasted or handed over; null: it is wrong all the same. */
export function rewritten(field: Field, text: string, rewrites: readonly Rewrite[] = REWRITES): string | null {
  for (const { as, why, of } of rewrites) {
    const other = as(text);
    if (other !== text && (of === undefined || of.test(field.name)) && isAllowed(field, other))
      return meant(field, other, why);
  }
  return null;
}
