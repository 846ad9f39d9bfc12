import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { flagMeant, kebab } from '../../shared/job/meaning.ts';
import { COMMAND_WORDS } from '../../shared/job/words/commands.ts';
import { written } from './help-text.ts';
import { nearestName } from '../../shared/nearest.ts';

/** What the command line offers, for suggestions. */
export interface Offer {
  readonly commands: readonly string[];
  /** The flags of the command that was given, without dashes. */
  readonly flags: readonly string[];
  /** Those of them that are given alone. */
  readonly switches: readonly string[];
  /** Words that may stand behind one of them: `resnet18`, of `model`. */
  readonly values: readonly { readonly flag: string; readonly value: string }[];
  /** The command that was given, if it is one. */
  readonly command: string | null;
  /** How that command is written: `predict <run> <image..>`. */
  readonly usage: string | null;
  /** The words of the command line. */
  readonly given: readonly string[];
}

/** One sentence for what yargs has to say about a command line, with the name that was probably meant. */
export function usageError(message: string, offer: Offer): GradsocketError {
  const { commands, flags, command, usage, given } = offer;
  const help = `gradsocket ${command === null ? '' : `${command} `}--help`;
  const error = (sentence: string): GradsocketError => new GradsocketError('USAGE', EXIT.usage, sentence);
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return error(`--${valueless} expects a value. See ${help}.`);
  if (usage !== null && message.startsWith('Not enough non-option arguments')) {
    // Whoever mends the one would meet the other.
    const stranger = strangeFlag(offer);
    if (stranger !== null) return usageError(`Unknown argument: ${stranger}`, offer);
    return error(`Something is missing: gradsocket ${written(usage)}. See ${help}.`);
  }
  const unknown = /^Unknown (argument|command)s?: (.*)$/.exec(message);
  const name = unknown?.[2]?.split(', ')[0];
  if (name === undefined && message === NO_COMMAND) return error(commandMissing(given));
  if (name === undefined) return error(`${(message.split('\n')[0] ?? '').replace(/([^.?!])$/, '$1.')} See ${help}.`);
  if (command === null) {
    const [first = ''] = given;
    const word = first.startsWith('-') ? name : first;
    const near = nearestCommand(word, commands);
    const advice = near === null ? `There are ${commands.join(', ')}.` : `Did you mean ${near}?`;
    return error(`There is no command ${word === '' ? "''" : word}. ${advice}`);
  }
  if (!given.some((word) => word.startsWith(`--${name}`))) {
    return error(`gradsocket ${command} takes no '${name}'. ${strayAdvice(name, command, offer) ?? `See ${help}.`}`);
  }
  // `--epochs:3`
  const [, begin = name, value] = /^-?([\w-]+):(.*)$/s.exec(name) ?? [];
  const near = nearestName(begin.replace(/^-/, ''), flags);
  const advice = near === null ? `See ${help}.` : `Did you mean --${near}${value === undefined ? '' : ` ${value}`}?`;
  return error(`gradsocket ${command} has no --${name}. ${advice}`);
}

/** The first flag that the command has not, without dashes. */
function strangeFlag({ given, flags }: Offer): string | null {
  const end = given.indexOf('--');
  const words = end === -1 ? given : given.slice(0, end);
  const names = words.flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []);
  return names.find((name) => !flags.includes(name)) ?? null;
}

/** What the parser says where nothing but flags is given. */
export const NO_COMMAND = 'Which command?';

/** Flags alone are sooner those of a run than of anything else. */
function commandMissing(given: readonly string[]): string {
  return `A command comes first, such as gradsocket launch${given.length === 0 ? '' : ` ${given.join(' ')}`}. See gradsocket --help.`;
}

/** How a word that stands where none may would be written; null: nobody knows. */
function strayAdvice(word: string, command: string, { flags, switches, values, given }: Offer): string | null {
  const before = given[given.indexOf(word) - 1] ?? '';
  if (/^[\\^`]$/.test(word)) return 'It goes on with the next line only as the very last character of this one.';
  if (/^=|=$/.test(before) || word === '=') return 'Nothing stands around =: write --epochs=3, or --epochs 3.';
  if (/[“”„‟«»]/.test(word)) return 'A shell knows the straight quotes alone: "my pets".';
  if (switches.some((name) => before === `--${name}`)) return `${before} is given alone, or as ${before}=false.`;
  return asFlag(word, given, flags) ?? asList(word, command, given) ?? asValue(word, values) ?? asFolder(word, flags);
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

/** A flag without its dashes, as others write it: `epochs=3`, `+epochs=3`, `epochs 3`, `/epochs 3`. */
function asFlag(word: string, given: readonly string[], flags: readonly string[]): string | null {
  const [, key, inline] = /^[+/]{0,2}([A-Za-z][\w.-]*)(?:[=:](.*))?$/s.exec(word) ?? [];
  const next = given[given.indexOf(word) + 1];
  const value = inline ?? (next?.startsWith('-') === true ? undefined : next);
  const meant = key === undefined ? null : flagMeant(key, flags);
  // A word alone is sooner a folder than a flag of others.
  if (meant === null || (inline === undefined && !('is' in meant && meant.is === kebab(key!)))) return null;
  return 'is' in meant ? `Write --${meant.is}${value === undefined ? '' : ` ${value}`}.` : meant.hint;
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

/** A value whose flag was forgotten: `export RUN onnx`. */
function asValue(word: string, values: Offer['values']): string | null {
  const of = values.filter(({ value }) => value === word.toLowerCase());
  return of.length === 1 ? `Did you mean --${of[0]!.flag} ${of[0]!.value}?` : null;
}

/** What a path alone may have been meant for. */
function asFolder(word: string, flags: readonly string[]): string | null {
  if (flags.includes('coordinator')) return `Did you mean --coordinator ${word}?`;
  // A number belongs to a flag.
  return flags.includes('data') && !/^-?[\d.,]+$/.test(word) && !flags.includes('classes')
    ? `Did you mean --data ${word}?`
    : null;
}
