import type { Field } from './fields.ts';
import { valueOfText } from './values.ts';

/** Whether a field may have what is written so. */
export function isAllowed(field: Field, text: string): boolean {
  return field.schema.safeParse(valueOfText(field, text)).success;
}

/** The advice to write something else; null: the field does not allow that either. */
export function meant(field: Field, text: string, why: string): string | null {
  return isAllowed(field, text) ? `did you mean ${text}? ${why}` : null;
}
