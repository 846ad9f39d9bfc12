import { COMMAND_WORDS } from './words/commands.ts';
import { FLAG_WORDS } from './words/flags.ts';
import type { Row } from './words/row.ts';
import { VALUE_WORDS } from './words/values.ts';

/** What a word of somebody else's means here. */
export type Meaning =
  /** Certainly ours. */
  | { readonly is: string }
  /** Sentences, or for a value the end of one, that name what is ours. Null: there is no such thing, and nothing near it. */
  | { readonly hint: string | null };

/** A flag as it would be written here: `--learning_rate` and `--learningRate` are `learning-rate`. */
export function kebab(word: string): string {
  return word
    .replace(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
}

/** What `--word` means to a command that has `flags`; null: nobody knows. Without dashes. */
export function flagMeant(word: string, flags: readonly string[]): Meaning | null {
  // `--trainer.max_epochs`: where others keep it is no part of what it is.
  const written = kebab(word.slice(word.lastIndexOf('.') + 1));
  if (flags.includes(written)) return { is: written };
  const rows = rowsWith(written, FLAG_WORDS);
  const certain = rows.filter(({ hint }) => hint === undefined);
  for (const row of certain) {
    const ours = oursIn(row).find((name) => flags.includes(name));
    if (ours !== undefined) return { is: ours };
  }
  const hinted = rows.find(
    (row) => row.hint !== undefined && (row.ours === undefined || oursIn(row).some((name) => flags.includes(name))),
  );
  return hinted === undefined ? null : { hint: hinted.hint! };
}

/** The flag of another command that the word is, or means; null: there is none. */
export function flagElsewhere(word: string, flags: readonly string[]): string | null {
  const meant = flagMeant(word, flags);
  return meant !== null && 'is' in meant ? meant.is : null;
}

/** What a value of a flag that is none of its choices means; null: nobody knows. */
export function valueMeant(flag: string, value: string, choices: readonly string[]): Meaning | null {
  const given = namedBy(value);
  return wordMeant(flag, value, choices) ?? (given === value ? null : wordMeant(flag, given, choices));
}

function wordMeant(flag: string, value: string, choices: readonly string[]): Meaning | null {
  const written = plain(value);
  const same = choices.find((choice) => plain(choice) === written);
  if (same !== undefined) return { is: same };
  const rows = VALUE_WORDS.filter(({ of }) => of === flag);
  const row = rows.find(({ theirs }) => theirs.split(' ').some((word) => plain(word) === written));
  if (row === undefined) return null;
  if (row.nearest !== undefined) {
    return { hint: `expects one of ${choices.join(', ')}, of which ${row.nearest} is nearest to ${value}` };
  }
  if (row.ours === undefined) return { hint: row.hint ?? null };
  return choices.includes(row.ours) ? { is: row.ours } : null;
}

/** As programs write it: `torch.optim.Adam`, `nn.ReLU()`; in the place of a device, `cuda:0`. */
function namedBy(value: string): string {
  return value
    .trim()
    .replace(/\(\s*\)$/, '')
    .replace(/:\d+(?:,\d+)*$/, '')
    .replace(/^(?:[A-Za-z_]\w*\.)+(?=[A-Za-z_]\w*$)/, '');
}

/** What a word in the place of a command means; null: nobody knows. */
export function commandMeant(word: string, commands: readonly string[]): Meaning | null {
  const written = kebab(word);
  if (commands.includes(written)) return { is: written };
  const [row] = rowsWith(written, COMMAND_WORDS);
  if (row === undefined) return null;
  if (row.ours === undefined) return { hint: row.hint ?? null };
  return commands.includes(row.ours) ? { is: row.ours } : null;
}

function rowsWith(word: string, table: readonly Row[]): readonly Row[] {
  return table.filter(({ theirs }) => theirs.split(' ').includes(word));
}

function oursIn({ ours }: Row): readonly string[] {
  return ours?.split(' ') ?? [];
}

/** `LeakyReLU`, `leaky-relu` and `leaky_relu` are one value. */
function plain(value: string): string {
  return value.toLowerCase().replace(/[-_\s]/g, '');
}
