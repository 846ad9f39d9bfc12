import type { Field } from './fields.ts';
import { isAllowed, meant } from './nearly-allowed.ts';

const NUMBER = String.raw`\d+(?:\.\d*)?|\.\d+`;

/**
 * The advice for a text in the place of a number that says a number in another way: per cent, as a fraction or a power, a size as
 * WxH, with a unit, with separators of thousands, with a decimal comma. Null: it does not.
 */
export function nearlyNumber(field: Field, text: string): string | null {
  if (field.type.kind !== 'number') return null;
  if (field.type.integer && /^\d{16,}$/.test(text)) {
    return `it is more than ${Number.MAX_SAFE_INTEGER}, up to which whole numbers are told apart`;
  }
  const advice = (number: number, why: string): string | null => meant(field, String(number), why);
  const percent = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  // A share of one is where 2 is not allowed. 1 may be meant as all of it, and 1.5 as more than that: neither is per cent.
  if (percent !== null && !isAllowed(field, '2') && (percent[2] === '%' || /^(?!1$)\d+$/.test(percent[1]!))) {
    return advice(rounded(Number(percent[1]) / 100), 'It is a share of one, not per cent');
  }
  const [, first, rest] = /^[([]?\s*(\d+)\s*(?:[x*×,]\s*(.+?))\s*[)\]]?$/i.exec(text) ?? [];
  if (SIDES[field.name] !== undefined && first !== undefined && rest !== undefined) {
    return advice(Number(first), SIDES[field.name]!);
  }
  const comma = /^(0?),(\d+)$/.exec(text);
  if (comma !== null) return advice(Number(`0.${comma[2]}`), 'It is written with a point');
  const grouped = /^[1-9]\d{0,2}(?:([_', ])\d{3})+$/.test(text) ? Number(text.replace(/[_', ]/g, '')) : null;
  if (grouped !== null) return advice(grouped, 'It is written without separators');
  return computed(field, text) ?? withUnit(field, text);
}

/** Settings that are a length, where others take two. */
const SIDES: Readonly<Record<string, string>> = {
  'image-size': 'It is one number: images are made square',
  kernel: 'It is one number: filters are square',
  cutout: 'It is one number: a square is hidden',
};

/** `1/256`, `10^-3`, `2**10` */
function computed(field: Field, text: string): string | null {
  const [, above, sign, below] =
    new RegExp(String.raw`^(${NUMBER})\s*(\/|\^|\*\*)\s*(-?(?:${NUMBER}))$`).exec(text) ?? [];
  if (above === undefined || below === undefined) return null;
  const number = sign === '/' ? Number(above) / Number(below) : Number(above) ** Number(below);
  return meant(field, String(rounded(number)), 'It is one number, nothing that is computed');
}

const UNITS = /^(?:px|pixels?|epochs?|steps?|images?|samples?|workers?|gpus?|threads?|cores?|seconds?|secs?|s)$/i;
/** In seconds. */
const TIMES: readonly (readonly [RegExp, number])[] = [
  [/^(?:ms|milliseconds?)$/i, 0.001],
  [/^(?:m|min|mins|minutes?)$/i, 60],
  [/^(?:h|hr|hrs|hours?)$/i, 3600],
  [/^(?:d|days?)$/i, 86_400],
];
const MULTIPLES: readonly (readonly [RegExp, number])[] = [
  [/^k$/i, 1e3],
  [/^(?:m|mp|megapixels?|million)$/i, 1e6],
  [/^(?:g|gp|b|billion)$/i, 1e9],
];

function withUnit(field: Field, text: string): string | null {
  const [, digits, unit] = new RegExp(String.raw`^(${NUMBER})\s*([a-z]+)$`, 'i').exec(text) ?? [];
  if (digits === undefined || unit === undefined) return null;
  const number = Number(digits);
  if (UNITS.test(unit)) return meant(field, String(number), `It is ${field.expects}, without a unit`);
  const isTime = /\bseconds\b/.test(`${field.name.replaceAll('-', ' ')} ${field.description}`);
  const [, times] = (isTime ? TIMES : MULTIPLES).find(([written]) => written.test(unit)) ?? [];
  if (times === undefined) return null;
  return meant(
    field,
    String(rounded(number * times)),
    isTime ? 'It is in seconds, without a unit' : 'It is written out',
  );
}

/** Without what binary fractions add: 12.3 / 100 is 0.12300000000000001. */
function rounded(number: number): number {
  return Number(number.toPrecision(12));
}
