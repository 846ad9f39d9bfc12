import type { Field } from './fields.ts';
import { isAllowed } from './nearly-allowed.ts';
import type { SettingSource } from './setting-source.ts';
import { textOf } from './values.ts';

const NONE = /^(?:none|no|off|never|null|nil|false|disabled?|unset|inf|infinity|infinite|unlimited)$/i;
/** What others take for "none", or for "all that there are". */
const NUMBERS = /^(?:0|-1)(?:\.0*)?$/;
const AUTO = /^(?:auto|automatic|default|all|any|max|maximum|best|optimal|full|every|guess|detect)$/i;

/** The advice for what says that there be no value, or that we choose one; null: it says neither. */
export function leftOut(field: Field, text: string, { from }: SettingSource): string | null {
  const { kind } = field.type;
  if (kind === 'choice' || kind === 'flag') return null;
  const isNone = NONE.test(text);
  if (isNone && isAllowed(field, '0')) return 'did you mean 0';
  const isNumber = kind === 'number' && NUMBERS.test(text);
  if (AUTO.test(text) && isAllowed(field, 'auto')) return 'did you mean auto';
  if (!isNone && !AUTO.test(text) && !(isNumber && field.nullable)) return null;
  // A default that is a value is what comes without it, and none is written as nothing.
  if (field.nullable && field.default !== null && !AUTO.test(text)) {
    // An empty variable is one that is not set.
    const nothing = from === 'config' || from === 'call' ? 'null' : `--${field.name} ''`;
    return `did you mean ${nothing}? That leaves it out`;
  }
  return isNone && !field.nullable ? null : `leave it out${whatComes(field)}, or write ${field.expects}`;
}

function whatComes({ default: value, description }: Field): string {
  if (value !== null && value !== undefined) return ` for ${textOf(value)}`;
  const [, text] = /\bdefault: ([^;]+)$/.exec(description) ?? [];
  return text === undefined ? '' : ` for the default (${text})`;
}
