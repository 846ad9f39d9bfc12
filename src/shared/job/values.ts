import { type Environment, homePath } from '../home-path.ts';
import type { Field } from './fields.ts';

/**
 * What a text on the command line or in the environment stands for. A text that is not of the field's kind stays one:
 * `checkedValue` then says what was expected.
 */
export function valueOfText(field: Field, text: string): unknown {
  // `--token ''`: how one takes back what a wrapper script or a file sets.
  if (text === '' && field.nullable && !field.takesEmpty) return null;
  // A line's end, too, as a file of variables that Windows wrote leaves it in each.
  const bare = text.trim();
  if (field.isSecret) return bare;
  switch (field.type.kind) {
    case 'choice':
    case 'text':
      return text;
    case 'number':
      return numberOf(bare);
    case 'list':
      return text.split(',').map((part) => numberOf(part.trim()));
    case 'flag':
      // Elsewhere 1 is yes; 0 is no here, too.
      if (field.type.numbers && /^0*[1-9]\d*$/.test(bare)) return Number(bare);
      if (/^(true|1|yes|on)$/i.test(bare)) return true;
      if (/^(false|0|no|off)$/i.test(bare)) return false;
      return field.type.numbers ? numberOf(bare) : text;
  }
}

/** Number('') is 0 and Number('0x10') is 16: neither is what somebody meant. */
function numberOf(text: string): number | string {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
}

/** How a value reads in a sentence. */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  // JSON would write null for a number that is none.
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A checked value as it is used: paths with the home folder in them. */
export function resolvedValue(field: Field, value: unknown, environment: Environment): unknown {
  return field.isPath && typeof value === 'string' ? homePath(value, environment) : value;
}
