import type { Field } from './fields.ts';

/**
 * The advice for a text in the place of a number that says a number in another way: per cent, a size as WxH, with a unit, with
 * separators of thousands, with a decimal comma, or that there be none. Null: nobody knows what was meant. Only what the field
 * allows is advised.
 */
export function nearlyNumber(field: Field, value: unknown): string | null {
  if (field.type.kind !== 'number') return null;
  const text = String(value).trim();
  const allowed = (number: unknown): boolean => field.schema.safeParse(number).success;
  const meant = (number: number, why: string): string | null =>
    allowed(number) ? `did you mean ${number}? ${why}` : null;

  if (/^(none|no|off|never|null|false|disabled?)$/i.test(text)) {
    if (field.nullable) return `did you mean --${field.name} ''? That leaves it out`;
    return allowed(0) ? 'did you mean 0' : null;
  }
  const percent = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
  // A share of one is where 2 is not allowed. 1 may be meant as all of it, and 1.5 as more than that: neither is per cent.
  if (percent !== null && !allowed(2) && (percent[2] === '%' || /^(?!1$)\d+$/.test(percent[1]!))) {
    return meant(Number((Number(percent[1]) / 100).toPrecision(12)), 'It is a share of one, not per cent');
  }
  const [, first, rest] = /^[([]?\s*(\d+)\s*(?:[x*×,]\s*(.+?))\s*[)\]]?$/i.exec(text) ?? [];
  if (field.name === 'image-size' && first !== undefined && rest !== undefined) {
    return meant(Number(first), 'It is one number: images are made square');
  }
  const unit = /^(\d+)\s*(?:px|pixels?|epochs?|steps?|images?|samples?|workers?|s|threads?)$/i.exec(text);
  if (unit !== null) return meant(Number(unit[1]), `It is ${field.expects}, without a unit`);
  const comma = /^(0?),(\d+)$/.exec(text);
  if (comma !== null) return meant(Number(`0.${comma[2]}`), 'It is written with a point');
  const grouped = /^[1-9]\d{0,2}(?:([_', ])\d{3})+$/.test(text) ? Number(text.replace(/[_', ]/g, '')) : null;
  if (grouped !== null) return meant(grouped, 'It is written without separators');
  const thousands = /^(\d+(?:\.\d+)?)k$/i.exec(text);
  return thousands === null ? null : meant(Number(thousands[1]) * 1000, 'It is written out');
}
