import { isImageName } from '../../data/files/image-file.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { withSwitchValues } from './switches.ts';
import { commandMeant, flagElsewhere, flagMeant, kebab, type Meaning } from '../../shared/job/meaning.ts';

/** What the command line offers. */
export interface Wording {
  readonly commands: readonly string[];
  /** The flags of the command that these words begin with, without dashes. */
  readonly flagsOf: (words: readonly string[]) => readonly string[];
  /** Those of them that are given alone: `--quiet`. */
  readonly switchesOf: (words: readonly string[]) => readonly string[];
  /** What they take without a flag: `run` and `image`. */
  readonly positionalsOf: (words: readonly string[]) => readonly string[];
}

/**
 * A command line in our own words: commands and flags of other programs are taken as ours where they certainly mean them. The
 * first that does not is refused with what is ours; what nobody knows is left for the parser.
 *
 * @throws GradsocketError
 */
export function inOurWords(words: readonly string[], wording: Wording): readonly string[] {
  const named = commandInOurWords(words, wording.commands);
  const [command, second] = named;
  if (command === undefined || command.startsWith('-') || !wording.commands.includes(command)) return named;
  const end = named.indexOf('--');
  const [given, names] = end === -1 ? [named, []] : [named.slice(0, end), named.slice(end)];
  const positionals = wording.positionalsOf(given);
  const takesWords = positionals.length > 0;
  if (second === 'help' && !takesWords) return [command, '--help'];
  if (names.length > 1 && !takesWords) {
    throw usage(`Behind -- nothing is a flag: write gradsocket ${command} ${names.slice(1).join(' ')}, without it.`);
  }
  const flags = wording.flagsOf(given);
  const switches = wording.switchesOf(given);
  const said = given.map((word) => flagInOurWords(word, { command, flags, switches, positionals, wording }));
  return [...withSwitchValues(said, switches, takesWords), ...names];
}

/** Only as far as which command is meant. @throws GradsocketError */
export function commandInOurWords(words: readonly string[], commands: readonly string[]): readonly string[] {
  const [first, ...rest] = words;
  if (first === undefined || first === '-h' || first === '--help') return helpIn(rest, commands);
  if (first === '-v' || first === '-V') return ['--version', ...rest];
  if (first.startsWith('-') || commands.includes(first)) return words;
  if (first === 'version') return ['--version'];
  if (first === 'help') return helpIn(rest, commands);
  const meant = commandMeant(first.trim(), commands);
  if (meant !== null && 'is' in meant) return [meant.is, ...rest];
  if (meant !== null) {
    throw usage(`There is no command ${first}. ${meant.hint ?? 'gradsocket --help lists those that there are.'}`);
  }
  const [begin = '', ...more] = first.trim().split(/\s+/);
  const inside = more.length === 0 ? null : commandMeant(begin, commands);
  if (inside === null || !('is' in inside)) return words;
  throw usage(
    `'${first}' came as one word: its spaces are in quotes, or none that a shell knows. Type it anew: gradsocket ${begin} ${more.join(' ')}.`,
  );
}

/** `help train` and `--help train` are `launch --help`. */
function helpIn(words: readonly string[], commands: readonly string[]): readonly string[] {
  const [first] = words;
  if (first === undefined || first.startsWith('-')) return ['--help', ...words];
  return [...commandInOurWords(words, commands), '--help'];
}

interface Place {
  readonly command: string;
  readonly flags: readonly string[];
  readonly switches: readonly string[];
  readonly positionals: readonly string[];
  readonly wording: Wording;
}

/** Pages and word processors make other characters of two dashes. A file may be called so, where no flag is. */
function withPlainDashes(word: string, flags: readonly string[]): string {
  const plain = word.replace(/^(?=-?[‐‑‒–—―−])[-‐‑‒–—―−]{1,2}(?=[A-Za-z])/, '--');
  const [, name] = /^--([A-Za-z][\w.-]*)/.exec(plain) ?? [];
  return name !== undefined && flagMeant(name, flags) !== null ? plain : word;
}

function flagInOurWords(given: string, place: Place): string {
  const { command, flags, switches } = place;
  // What a shell makes of `*.jpg`.
  if (/^-[^=]*$/.test(given) && isImageName(given))
    throw usage(`${given} begins with a dash, as flags do. Write ./${given} for the file.`);
  const word = withPlainDashes(given, flags);
  const [, dashes, name, rest] = /^(--?)([A-Za-z][\w.-]*)(=.*)?$/s.exec(word) ?? [];
  if (name === undefined || name === 'h' || flags.includes(name)) {
    // `-lr`: to the parser each letter is a flag of its own.
    if (dashes === '-' && name !== 'h' && flags.includes(name ?? '')) throw usage(`Flags have two dashes: --${name}.`);
    return word;
  }
  const meant = flagMeant(name, flags);
  if (dashes === '-') {
    if (meant === null) throw usage(`There is no -${name}: flags have two dashes. See gradsocket ${command} --help.`);
    throw usage(
      'is' in meant
        ? `There is no -${name}: write --${meant.is}.`
        : `There is no -${name}. ${meant.hint ?? ''}`.trimEnd(),
    );
  }
  if (meant !== null && 'is' in meant) return `--${meant.is}${rest ?? ''}`;
  if (meant !== null) throw usage(`gradsocket ${command} has no --${name}. ${hintOf(meant, command)}`);
  const off = /^no-?(.*)$/s.exec(name)?.[1];
  const positive = off === undefined ? null : flagMeant(off, switches);
  if (positive !== null && 'is' in positive) {
    if (rest === undefined) return `--${positive.is}=false`;
    throw usage(`--${name} has nothing behind it: write --${positive.is}, or --${positive.is}=false.`);
  }
  if (place.positionals.includes(kebab(name))) {
    throw usage(
      `gradsocket ${command} has no --${name}: write ${name.toUpperCase()} without a flag. See gradsocket ${command} --help.`,
    );
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
