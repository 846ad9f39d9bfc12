import type { Field } from './fields.ts';
import { meant } from './nearly-allowed.ts';

/** The advice for a list that is written in another way: `[16, 32]`, `16 32`, `16x32`, `16,32,`. Null: it is none. */
export function nearlyList(field: Field, text: string): string | null {
  if (field.type.kind !== 'list') return null;
  const bare = text.replace(/^[[({'"]+|[\])}'"]+$/g, '').trim();
  const parts = bare.split(/\s*[\s,;:|×]\s*|(?<=\d)x(?=\d)/i).filter((part) => part !== '');
  return meant(field, parts.join(','), 'Its numbers have commas between them, and nothing around them');
}
