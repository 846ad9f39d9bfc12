import type { Field } from './fields.ts';
import { type Rewrite, rewritten } from './nearly-rewritten.ts';

const ADDRESSES: ReadonlySet<string> = new Set(['coordinator', 'listen', 'metrics-listen', 'advertise']);

/** What no address has, and what to do. */
const STRANGE: readonly { readonly has: RegExp; readonly why: string; readonly of?: RegExp }[] = [
  {
    has: /[,;\s]/,
    why: 'it is one address, in which nothing parts several',
  },
  {
    has: /%/,
    why: 'a network card behind % means something to one machine alone: write another address of that machine, or its name',
  },
  {
    has: /[@?#]/,
    why: 'it is host and port, with nobody before them and nothing asked behind: the secret of a run is given by --token',
  },
  {
    has: /^(?:[a-z+]+:\/\/)?(?:0\.0\.0\.0|\[?::\]?|\*)(?::\d+)?$/i,
    why: 'nobody is reached there: write the address at which others reach this machine',
    of: /^advertise$/,
  },
];

/** The likeliest first. */
const REWRITES: readonly Rewrite[] = [
  {
    as: (text) => text.replace(/^(?:[a-z]+:\/\/)?[*:]*(\d+)\/?$/i, '127.0.0.1:$1'),
    why: 'With 0.0.0.0 in its place workers elsewhere reach it',
    of: /listen$/,
  },
  {
    as: (text) => text.replace(/^(?:[a-z]+:\/\/)?[*:]*(\d+)\/?$/i, '127.0.0.1:$1'),
    why: 'That is this machine; of another one its name stands there',
    of: /^coordinator$/,
  },
  {
    as: (text) => text.replace(/^(?:[a-z]+:\/\/)?([\w.-]*[a-z][\w.-]*|[\d.]+):?\/?$/i, '$1:7070'),
    why: 'It has a port',
    of: /listen$/,
  },
  {
    as: (text) => text.replace(/^(.*:.*(?:[^:]|::)):(\d{2,5})$/, '[$1]:$2'),
    why: 'An IPv6 address stands in brackets',
  },
  {
    as: (text) => text.replace(/^\[?([\da-f:.]*:[\da-f:.]*:[\da-f:.]*)\]?$/i, '[$1]:7070'),
    why: 'It has a port',
    of: /listen$/,
  },
  { as: (text) => text.replace(/^(wss?|https?):\/?(?=[^/\d])/i, '$1://'), why: 'Behind its scheme are two slashes' },
  { as: (text) => text.replace(/:\/?$/, ''), why: 'There is no port behind the colon' },
  { as: (text) => text.replace(/\/+$/, ''), why: 'Nothing stands behind it' },
];

/** The advice for an address that is none; null: it is no address, or nobody knows what was meant. */
export function nearlyAddress(field: Field, text: string): string | null {
  if (!ADDRESSES.has(field.name)) return null;
  const strange = STRANGE.find(({ has, of }) => has.test(text) && (of === undefined || of.test(field.name)));
  return strange?.why ?? rewritten(field, text, REWRITES);
}
