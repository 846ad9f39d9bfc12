import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { flagMeant } from '../../shared/job/meaning.ts';
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
    const near = nearestName(name, commands);
    const advice = near === null ? `There are ${commands.join(', ')}.` : `Did you mean ${near}?`;
    return error(`There is no command ${name}. ${advice}`);
  }
  if (!given.some((word) => word.startsWith(`--${name}`))) {
    return error(`gradsocket ${command} takes no '${name}'. ${asFlag(name, flags) ?? `See ${help}.`}`);
  }
  const near = nearestName(name, flags);
  return error(`gradsocket ${command} has no --${name}. ${near === null ? `See ${help}.` : `Did you mean --${near}?`}`);
}

/** How a word that stands alone would be written; null: nobody knows. */
function asFlag(word: string, flags: readonly string[]): string | null {
  const [, key, value] = /^([A-Za-z][\w-]*)=(.*)$/s.exec(word) ?? [];
  const meant = key === undefined ? null : flagMeant(key, flags);
  if (meant !== null) return 'is' in meant ? `Write --${meant.is} ${value}.` : meant.hint;
  if (flags.includes('coordinator')) return `Did you mean --coordinator ${word}?`;
  return flags.includes('data') && !flags.includes('classes') ? `Did you mean --data ${word}?` : null;
}
