import { newPathAdvice } from '../path-advice.ts';
import type { Field } from './fields.ts';
import { valueMeant } from './meaning.ts';
import { nearlyAddress } from './nearly-address.ts';
import { choiceWithSettings } from './nearly-choice.ts';
import { leftOut } from './nearly-left-out.ts';
import { nearlyList } from './nearly-list.ts';
import { nearlyNumber } from './nearly-number.ts';
import { rewritten } from './nearly-rewritten.ts';
import { severalValues } from './nearly-several.ts';
import type { SettingSource } from './setting-source.ts';

/**
 * The advice for a value that its field does not allow, where it says in another way what the field could have: what to write.
 * Null: nobody knows what was meant. Only what the field allows is advised.
 */
export function nearly(field: Field, value: unknown, source: SettingSource): string | null {
  const text = writtenAs(value);
  // A secret is never shown, nor what looks like one.
  if (text === null || field.isSecret) return null;
  const meant = field.type.kind === 'choice' ? null : valueMeant(field.name, text, []);
  if (meant !== null && 'hint' in meant && meant.hint !== null) return meant.hint;
  // What is to be read is told of by whoever does not find it.
  if (field.isPath && typeof value === 'string') return newPathAdvice(value);
  return (
    nearlyNumber(field, text) ??
    nearlyList(field, text) ??
    choiceWithSettings(field, text) ??
    nearlyAddress(field, text) ??
    rewritten(field, text) ??
    severalValues(field, text) ??
    leftOut(field, text, source)
  );
}

/** As it would stand on the command line; null: it could not, or there is nothing. */
function writtenAs(value: unknown): string | null {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!parts.every((part) => typeof part === 'string' || Number.isFinite(part))) return null;
  const text = parts.join(',').trim();
  return text === '' ? null : text;
}
