import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { flagMeant } from '../../shared/job/meaning.ts';
import { COMMAND_WORDS } from '../../shared/job/words/commands.ts';
import { written } from './help-text.ts';
import { nearestName } from '../../shared/job/nearest.ts';

/** What the command line offers, for suggestions. */
export interface Offer {
  readonly commands: readonly string[];
  /** The flags of the command that was given, without dashes. */
  readonly flags: readonly string[];
  /** The command that was given, if it is one. */
  readonly command: string | null;
  /** How that command is written: `predict <run> <image..>`. */
  readonly usage: string | null;
  /** The words of the command line. */
  readonly given: readonly string[];
}

/** One sentence for what yargs has to say about a command line, with the name that was probably meant. */
export function usageError(message: string, { commands, flags, command, usage, given }: Offer): GradsocketError {
  const help = `gradsocket ${command === null ? '' : `${command} `}--help`;
  const error = (sentence: string): GradsocketError => new GradsocketError('USAGE', EXIT.usage, sentence);
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return error(`--${valueless} expects a value. See ${help}.`);
  if (usage !== null && message.startsWith('Not enough non-option arguments')) {
    return error(`Something is missing: gradsocket ${written(usage)}. See ${help}.`);
  }
  const unknown = /^Unknown (argument|command)s?: (.*)$/.exec(message);
  const name = unknown?.[2]?.split(', ')[0];
  if (name === undefined) return error(`${(message.split('\n')[0] ?? '').replace(/([^.?!])$/, '$1.')} See ${help}.`);
  if (command === null) {
    const near = nearestCommand(name, commands);
    const advice = near === null ? `There are ${commands.join(', ')}.` : `Did you mean ${near}?`;
    return error(`There is no command ${name}. ${advice}`);
  }
  if (!given.some((word) => word.startsWith(`--${name}`))) {
    return error(
      `gradsocket ${command} takes no '${name}'. ${asFlag(name, flags) ?? asList(name, command, given) ?? asFolder(name, flags) ?? `See ${help}.`}`,
    );
  }
  const near = nearestName(name, flags);
  return error(`gradsocket ${command} has no --${name}. ${near === null ? `See ${help}.` : `Did you mean --${near}?`}`);
}

/** Also where a word of others is misspelled: `trian`. */
function nearestCommand(name: string, commands: readonly string[]): string | null {
  const near = nearestName(name, commands);
  if (near !== null) return near;
  const known = COMMAND_WORDS.filter(({ ours }) => ours !== undefined && commands.includes(ours));
  const word = nearestName(
    name,
    known.flatMap(({ theirs }) => theirs.split(' ')),
  );
  return word === null ? null : known.find(({ theirs }) => theirs.split(' ').includes(word))!.ours!;
}

/** How a word that stands alone would be written; null: nobody knows. */
function asFlag(word: string, flags: readonly string[]): string | null {
  const [, key, value] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(word) ?? [];
  const meant = key === undefined ? null : flagMeant(key, flags);
  return meant !== null && 'is' in meant ? `Write --${meant.is} ${value}.` : (meant?.hint ?? null);
}

/** Where several values of one flag may have been meant, as other programs take them: `--channels 16 32`. */
function asList(word: string, command: string, given: readonly string[]): string | null {
  const at = given.indexOf(word);
  const flagAt = given.findLastIndex((other, index) => index < at && other.startsWith('--'));
  const [flag = '', inline] = (given[flagAt] ?? '').split('=', 2);
  const end = given.findIndex((other, index) => index > at && other.startsWith('--'));
  const values = [...(inline === undefined ? [] : [inline]), ...given.slice(flagAt + 1, end === -1 ? undefined : end)];
  const [value] = values;
  if (flagAt < 0 || value === undefined || value === word) return null;
  const isNumber = (text: string): boolean => /^-?[\d.]+(e-?\d+)?$/i.test(text);
  // A sweep compares words, too; elsewhere a word is sooner the data.
  const alike = isNumber(value) ? isNumber(word) : command === 'sweep' && !isNumber(word);
  return alike ? `Several values of one flag have commas between them: ${flag} ${values.join(',')}.` : null;
}

/** What a path alone may have been meant for. */
function asFolder(word: string, flags: readonly string[]): string | null {
  if (flags.includes('coordinator')) return `Did you mean --coordinator ${word}?`;
  return flags.includes('data') && !flags.includes('classes') ? `Did you mean --data ${word}?` : null;
}
