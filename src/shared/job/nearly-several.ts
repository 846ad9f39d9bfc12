import type { Field } from './fields.ts';
import { valueMeant } from './meaning.ts';
import { jobSchema } from './schema.ts';
import { isAllowed } from './nearly-allowed.ts';

/** The advice for several values in the place of one; null: they are none. */
export function severalValues(field: Field, text: string): string | null {
  const bare = text.replace(/^[[({]|[\])}]$/g, '').trim();
  const parts = bare.split(/\s*[,;]\s*|\s+/).filter((part) => part !== '');
  if (parts.length < 2 || !parts.every((part) => isOne(field, part))) return null;
  // Settings of the job are what a sweep compares.
  const isOfJob = (jobSchema.shape as Readonly<Record<string, unknown>>)[field.key] === field.schema;
  return isOfJob
    ? `it is one value; gradsocket sweep --${field.name} ${parts.join(',')} compares several`
    : `it is one value, such as ${parts[0]}`;
}

function isOne(field: Field, text: string): boolean {
  if (isAllowed(field, text)) return field.type.kind !== 'text';
  if (field.type.kind !== 'choice') return false;
  const choice = valueMeant(field.name, text, field.type.choices);
  return choice !== null && 'is' in choice;
}
