import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { commandMeant, flagElsewhere, flagMeant, type Meaning } from '../../shared/job/meaning.ts';

/** What the command line offers. */
export interface Wording {
  readonly commands: readonly string[];
  /** The flags of the command that these words begin with, without dashes. */
  readonly flagsOf: (words: readonly string[]) => readonly string[];
  /** Those of them that are given alone: `--quiet`. */
  readonly switchesOf: (words: readonly string[]) => readonly string[];
}

/**
 * A command line in our own words: commands and flags of other programs are taken as ours where they certainly mean them. The
 * first that does not is refused with what is ours; what nobody knows is left for the parser.
 *
 * @throws GradsocketError
 */
export function inOurWords(words: readonly string[], wording: Wording): readonly string[] {
  const named = commandInOurWords(words, wording.commands);
  const [command] = named;
  if (command === undefined || command.startsWith('-') || !wording.commands.includes(command)) return named;
  const end = named.indexOf('--');
  const [given, names] = end === -1 ? [named, []] : [named.slice(0, end), named.slice(end)];
  const flags = wording.flagsOf(given);
  const switches = wording.switchesOf(given);
  return [...given.map((word) => flagInOurWords(word, { command, flags, switches, wording })), ...names];
}

/** Only as far as which command is meant. @throws GradsocketError */
export function commandInOurWords(words: readonly string[], commands: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || first === '-h') return ['--help', ...rest];
  if (first === '-v' || first === '-V') return ['--version', ...rest];
  if (first.startsWith('-') || commands.includes(first)) return words;
  if (first === 'version') return ['--version'];
  if (first === 'help') return rest.length === 0 ? ['--help'] : [...commandInOurWords(rest, commands), '--help'];
  const meant = commandMeant(first, commands);
  if (meant === null) return words;
  if ('is' in meant) return [meant.is, ...rest];
  throw usage(`There is no command ${first}. ${meant.hint ?? 'gradsocket --help lists those that there are.'}`);
}

interface Place {
  readonly command: string;
  readonly flags: readonly string[];
  readonly switches: readonly string[];
  readonly wording: Wording;
}

function flagInOurWords(word: string, place: Place): string {
  const { command, flags, switches } = place;
  const [, dashes, name, rest] = /^(--?)([A-Za-z][\w.-]*)(=.*)?$/s.exec(word) ?? [];
  if (name === undefined || name === 'h' || flags.includes(name)) {
    // `-lr`: to the parser each letter is a flag of its own.
    if (dashes === '-' && name !== 'h' && flags.includes(name ?? '')) throw usage(`Flags have two dashes: --${name}.`);
    return word;
  }
  const meant = flagMeant(name, flags);
  if (dashes === '-') {
    if (meant === null) return word;
    throw usage(
      'is' in meant
        ? `There is no -${name}: write --${meant.is}.`
        : `There is no -${name}. ${meant.hint ?? ''}`.trimEnd(),
    );
  }
  if (meant !== null && 'is' in meant) return `--${meant.is}${rest ?? ''}`;
  if (meant !== null) throw usage(`gradsocket ${command} has no --${name}. ${hintOf(meant, command)}`);
  const off = /^no-?(.*)$/s.exec(name)?.[1];
  if (off !== undefined && rest === undefined) {
    const positive = flagMeant(off, switches);
    if (positive !== null && 'is' in positive) return `--${positive.is}=false`;
  }
  const others = elsewhere(name, place);
  if (others !== null) throw usage(`gradsocket ${command} has no --${name}. ${others}`);
  return word;
}

function hintOf(meant: Meaning, command: string): string {
  const hint = 'hint' in meant ? meant.hint : null;
  return hint ?? `See gradsocket ${command} --help.`;
}

/** Where else such a flag is; null: nowhere. */
function elsewhere(name: string, { command, wording }: Place): string | null {
  const found = wording.commands.flatMap((other) => {
    const flag = other === command ? null : flagElsewhere(name, wording.flagsOf([other]));
    return flag === null || flag === 'help' || flag === 'version' ? [] : [{ other, flag }];
  });
  const [first] = found;
  if (first === undefined) return null;
  const commands = found.filter(({ flag }) => flag === first.flag).map(({ other }) => other);
  return `--${first.flag} is a flag of ${commands
    .slice(0, 3)
    .join(', ')
    .replace(/, ([^,]*)$/, ' and $1')}.`;
}

function usage(sentence: string): GradsocketError {
  return new GradsocketError('USAGE', EXIT.usage, sentence);
}
