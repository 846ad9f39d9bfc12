import type { z } from 'zod';
import { fieldsOf } from '../../shared/job/fields.ts';
import { textOf } from '../../shared/job/values.ts';
import type { Settings } from '../../shared/job/settings.ts';
import { COMMAND } from '../command/self.ts';
import { shellWord } from '../../shared/shell-word.ts';

/** What follows from going on, and what was wanted of one process only: faults of a rehearsal, and its trace. */
const ONCE = new Set(['resume', 'runDir', 'sweepDir', 'chaos', 'trace']);

export interface Resumable {
  /** `launch` */
  readonly command: string;
  readonly schema: z.ZodObject;
  /** Of the command's options; those of the job lie in the folder. */
  readonly settings: Pick<Settings<Readonly<Record<string, unknown>>>, 'values' | 'sources'>;
  /** Of the folder. */
  readonly flag: 'run-dir' | 'sweep-dir';
  readonly dir: string;
}

/**
 * The command that goes on as the run was begun: with all that was said of workers, address and certificates, wherever it was said,
 * for another shell may not have it. A secret is named, never written.
 */
export function resumeCommandOf({ command, schema, settings, flag, dir }: Resumable): string {
  const { values, sources } = settings;
  const flags = fieldsOf(schema).flatMap(({ key, name, type, variable, isSecret }) => {
    if (ONCE.has(key) || (sources.get(key)?.from ?? 'default') === 'default') return [];
    const value = values[key];
    if (isSecret) return value === null ? [] : [`--${name} "$${variable}"`];
    if (type.kind === 'flag' && value === true) return [`--${name}`];
    return [`--${name} ${value === null ? "''" : shellWord(textOf(value))}`];
  });
  return [COMMAND, command, '--resume', `--${flag} ${shellWord(dir)}`, ...flags].join(' ');
}
