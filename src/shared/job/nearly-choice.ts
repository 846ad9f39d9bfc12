import { type Field, fieldsOf } from './fields.ts';
import { flagMeant, valueMeant } from './meaning.ts';
import { jobSchema } from './schema.ts';

/** The advice for a choice with settings of its own, as programs write it: `SGD(momentum=0.9)`. Null: it is none. */
export function choiceWithSettings(field: Field, text: string): string | null {
  if (field.type.kind !== 'choice') return null;
  const [, name, inside] = /^([\w.\s-]+)\((.*)\)$/s.exec(text) ?? [];
  if (name === undefined || inside === undefined) return null;
  const choice = valueMeant(field.name, name, field.type.choices);
  if (choice === null || !('is' in choice)) return null;
  const names = fieldsOf(jobSchema).map((other) => other.name);
  const flags = [...inside.matchAll(/(\w+)\s*=\s*([^\s,()]+)/g)].flatMap(([, key, value]) => {
    const flag = flagMeant(key!, names);
    return flag !== null && 'is' in flag ? [`--${flag.is} ${value}`] : [];
  });
  return (
    `did you mean ${choice.is}? What stands in parentheses are flags of their own` +
    (flags.length === 0 ? '' : `: ${flags.join(' ')}`)
  );
}
