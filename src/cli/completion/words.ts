import type { CommandDescription, Flag } from '../command/description.ts';

/** A command, or a part of one, as its words: `bench train`. */
export interface Place {
  readonly words: readonly string[];
  readonly flags: readonly Flag[];
  /** What may follow besides flags. */
  readonly parts: readonly CommandDescription[];
  readonly describe: string;
  /** Words that may stand in the place of its argument. */
  readonly values: readonly string[];
  /** Whether files may. */
  readonly takesFiles: boolean;
}

/** Where flags may be completed. */
export function placesOf(commands: readonly CommandDescription[]): readonly Place[] {
  return commands.flatMap((command) => [
    placeOf(command, []),
    ...command.commands.map((part) => placeOf(part, [command.name])),
  ]);
}

function placeOf(
  { name, flags, commands, describe, positionals }: CommandDescription,
  parents: readonly string[],
): Place {
  // `bash, zsh, fish`: the words of an argument that takes no others.
  const [first] = positionals;
  const values = first !== undefined && /^\w+(, \w+)+$/.test(first.describe) ? first.describe.split(', ') : [];
  const takesFiles = first !== undefined && values.length === 0;
  return { words: [...parents, name], flags, parts: commands, describe, values, takesFiles };
}

/** For a text in single quotes. */
export function quoted(text: string): string {
  return text.replaceAll("'", `'\\''`);
}
