import { readFileSync } from 'node:fs';
import { parseConfig } from '../../shared/job/config.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { jobSchema } from '../../shared/job/schema.ts';
import { coordinatorOptions, launchOptions, sweepOptions } from '../../shared/job/options.ts';
import { homePath } from '../../shared/home-path.ts';

const isTrue = (text: string): boolean => /^(true|1|yes|on)$/i.test(text);

/**
 * Whether programs read what a command prints. Asked where it was refused, perhaps for the very command line, so by looking at
 * that alone: flag before environment before the file of `--config`, as for every setting.
 */
export function wantsJson(
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const flag = words.findLastIndex((word) => word === '--json' || word.startsWith('--json='));
  if (flag >= 0) {
    const value = words[flag]!.includes('=') ? words[flag]!.slice('--json='.length) : (words[flag + 1] ?? '');
    return value !== 'false' && (words[flag] === '--json' || isTrue(value));
  }
  const variable = environment['GRADSOCKET_JSON'] ?? '';
  if (variable !== '') return isTrue(variable);
  const config = words.findLastIndex((word) => word === '--config' || word.startsWith('--config='));
  if (config < 0) return false;
  const file = words[config]!.includes('=') ? words[config]!.slice('--config='.length) : (words[config + 1] ?? '');
  return inConfig(homePath(file, environment));
}

function inConfig(file: string): boolean {
  const schemas = [jobSchema, launchOptions, coordinatorOptions, sweepOptions];
  try {
    return (
      parseConfig(
        readFileSync(file, 'utf8'),
        file,
        schemas.flatMap((schema) => fieldsOf(schema)),
      ).values.get('json')?.value === true
    );
  } catch {
    // That it cannot be read is what was said.
    return false;
  }
}
