import { fieldsOf } from '../../shared/job/fields.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import { textOf } from '../../shared/job/values.ts';
import { shellWord } from '../../shared/shell-word.ts';

export interface RepeatOptions {
  /** How gradsocket is called here: `npx gradsocket`. */
  readonly command: string;
  readonly workers: number;
  /** That the run was computed with; null: not known. Another one rounds differently. */
  readonly engine: string | null;
}

/** Decides neither weights nor figures. */
const BESIDE = new Set(['keepCheckpoints', 'engine', 'inspect']);

/** The command whose run ends with the same weights, bit for bit. */
export function repeatCommand(job: Job, { command, workers, engine }: RepeatOptions): string {
  const flags = fieldsOf(jobSchema).flatMap((field) => {
    const { key, name, type, default: usual } = field;
    const value = job[key as keyof Job];
    if (BESIDE.has(key) || textOf(value) === textOf(usual)) return [];
    if (type.kind === 'flag' && value === true) return [`--${name}`];
    return [`--${name} ${value === null ? "''" : shellWord(textOf(value))}`];
  });
  // Workers of several engines in one run have no common name.
  const exact = engine === null || engine.includes(',') ? job.engine : engine;
  const all = [...flags, ...(exact === 'auto' ? [] : [`--engine ${exact}`]), `--workers ${workers}`];
  return `${command} launch ${all.join(' ')}`;
}
