import { GradsocketError } from '../errors.ts';
import type { Field } from './fields.ts';
import { valueMeant } from './meaning.ts';
import { nearestName } from '../nearest.ts';
import { nearly } from './nearly.ts';
import { exitCodeOf, type SettingSource } from './setting-source.ts';

/** The value if the field allows it. `label` says where it stands, e.g. `--batch 0` or `job.yaml:3: batch: 0`. */
export function checkedValue(field: Field, value: unknown, label: string, source: SettingSource): unknown {
  const result = field.schema.safeParse(value);
  if (result.success) return result.data;
  const exitCode = exitCodeOf(source);
  if (field.type.kind === 'choice' && typeof value === 'string') {
    const { choices } = field.type;
    const meant = valueMeant(field.name, value, choices);
    if (meant !== null && 'is' in meant) return meant.is;
    if (meant !== null && meant.hint !== null) {
      throw new GradsocketError('JOB_CHOICE', exitCode, `${label}: ${meant.hint}.`);
    }
    // What others have and we have not is no slip of the pen.
    const near = meant === null ? nearestName(value, choices) : null;
    const slip = near === null ? null : `did you mean ${near}? It is ${field.expects}`;
    const advice = slip ?? nearly(field, value, source) ?? `expects ${field.expects}`;
    throw new GradsocketError('JOB_CHOICE', exitCode, `${label}: ${advice}.`);
  }
  const advice = nearly(field, value, source) ?? `expects ${field.expects}`;
  throw new GradsocketError('JOB_VALUE', exitCode, `${label}: ${advice}.`);
}
