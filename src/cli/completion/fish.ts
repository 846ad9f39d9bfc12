import type { CommandDescription } from '../command/description.ts';
import { placesOf } from './words.ts';

/** For fish 3 or newer. */
export function fishScript(commands: readonly CommandDescription[]): readonly string[] {
  const places = placesOf(commands);
  const parents = commands.filter((command) => command.commands.length > 0).map(({ name }) => name);
  return [
    '# gradsocket completion for fish: gradsocket completion fish > ~/.config/fish/completions/gradsocket.fish',
    'complete -c gradsocket -n __fish_use_subcommand -f',
    ...commands.map(
      ({ name, describe }) => `complete -c gradsocket -n __fish_use_subcommand -a ${name} -d '${escaped(describe)}'`,
    ),
    'complete -c gradsocket -n __fish_use_subcommand -a "help version"',
    'complete -c gradsocket -n __fish_use_subcommand -l version',
    "complete -c gradsocket -l help -d 'show what it takes'",
    ...places.flatMap(({ words, flags, parts, values, takesFiles }) => {
      // `bench data` is not `data`.
      const not = words.length === 1 ? parents.filter((name) => name !== words[0]) : [];
      const seen = [
        ...words.map((word) => `__fish_seen_subcommand_from ${word}`),
        ...not.map((name) => `not __fish_seen_subcommand_from ${name}`),
      ];
      const when = `-n '${seen.join('; and ')}'`;
      return [
        ...parts.map(({ name, describe }) => `complete -c gradsocket ${when} -a ${name} -d '${escaped(describe)}'`),
        ...(takesFiles ? [] : [`complete -c gradsocket ${when} -f`]),
        ...(values.length === 0 ? [] : [`complete -c gradsocket ${when} -a '${values.join(' ')}'`]),
        ...flags.map(({ name, describe, takes, values: choices, isPath }) => {
          const value =
            takes === null ? '' : choices.length > 0 ? ` -x -a '${choices.join(' ')}'` : isPath ? ' -r -F' : ' -x';
          return `complete -c gradsocket ${when} -l ${name}${value} -d '${escaped(describe)}'`;
        }),
      ];
    }),
  ];
}

/** In single quotes fish takes a backslash for itself. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
}
