import { readFileSync, statSync } from 'node:fs';
import { parseConfig } from '../../shared/job/config.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { jobSchema } from '../../shared/job/schema.ts';
import { coordinatorOptions, launchOptions, sweepOptions } from '../../shared/job/options.ts';
import { MOST_TEXT } from '../../shared/given-file.ts';
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
  const flag = lastOf(words, '--json');
  if (flag !== null) return flag.value !== 'false' && (flag.apart || isTrue(flag.value));
  const variable = environment['GRADSOCKET_JSON'] ?? '';
  if (variable !== '') return isTrue(variable);
  const config = lastOf(words, '--config');
  return config !== null && inConfig(homePath(config.value, environment));
}

/** What a flag that counts, the last of its name, is given: after `=`, or, `apart`, as the next word; null: there is none. */
function lastOf(words: readonly string[], name: string): { readonly value: string; readonly apart: boolean } | null {
  const place = words.findLastIndex((word) => word === name || word.startsWith(`${name}=`));
  const word = words[place];
  if (word === undefined) return null;
  const apart = word === name;
  return { apart, value: apart ? (words[place + 1] ?? '') : word.slice(name.length + 1) };
}

function inConfig(file: string): boolean {
  const schemas = [jobSchema, launchOptions, coordinatorOptions, sweepOptions];
  try {
    const kind = statSync(file);
    // A pipe has been read by now, and a device never ends.
    if (!kind.isFile() || kind.size > MOST_TEXT) return false;
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
