import { COMMAND } from './self.ts';
import type { CommandDescription, Flag } from './description.ts';

/** Wider lines are hard to read. */
const MOST_COLUMNS = 110;
const LEAST_COLUMNS = 40;
/** Longer names of flags have their text in the lines below. */
const MOST_NAME = 26;

/** What `gradsocket --help` says: the commands, and where to begin. */
export function programHelp(commands: readonly CommandDescription[], columns: number): readonly string[] {
  const width = widthOf(columns);
  return [
    'gradsocket COMMAND',
    '',
    ...wrapped('Synchronous data-parallel training of image classifiers.', width),
    '',
    'Commands:',
    ...table(
      commands.map(({ usage, describe }) => [written(usage), describe]),
      width,
    ),
    '',
    'To begin:',
    ...exampleLines(
      [
        { command: 'launch', describe: 'trains on the digits that are bundled' },
        { command: 'launch --data pets --epochs 10', describe: 'on pictures of your own, a folder for each class' },
        { command: 'doctor', describe: 'shows what would make it faster here' },
      ],
      width,
    ),
    '',
    ...wrapped('gradsocket COMMAND --help shows its flags, gradsocket --version the version.', width),
  ];
}

/** What `gradsocket COMMAND --help` says: examples, then the flags, the usual ones first. `parents`: `bench`, of its parts. */
export function commandHelp(
  { usage, describe, examples, positionals, flags, commands }: CommandDescription,
  columns: number,
  parents: readonly string[] = [],
): readonly string[] {
  const width = widthOf(columns);
  const groups = [...new Set(flags.map(({ group }) => group))];
  return [
    [
      'gradsocket',
      ...parents,
      written(usage),
      ...(flags.length > 0 ? ['[FLAGS]'] : []),
      ...(commands.length > 0 ? ['PART'] : []),
    ].join(' '),
    '',
    ...wrapped(`${describe}.`.replace(/\.\.$/, '.'), width),
    ...(examples.length === 0 ? [] : ['', 'Examples:', ...exampleLines(examples, width)]),
    ...(positionals.length === 0
      ? []
      : [
          '',
          ...table(
            positionals.map(({ name, describe: text }) => [name.toUpperCase(), text]),
            width,
          ),
        ]),
    ...(commands.length === 0
      ? []
      : [
          '',
          'Parts:',
          ...table(
            commands.map((part) => [part.usage, part.describe]),
            width,
          ),
        ]),
    ...groups.flatMap((group) => [
      '',
      `${group}:`,
      ...table(
        flags.filter((flag) => flag.group === group).map((flag) => [nameOf(flag), textOf(flag)]),
        width,
      ),
    ]),
    ...(flags.length > MANY ? ['', ...wrapped(EVERYWHERE, width)] : []),
  ];
}

const MANY = 12;
const EVERYWHERE =
  'Each is a key of --config and an environment variable, too: --image-size is image-size and GRADSOCKET_IMAGE_SIZE. ' +
  'docs/flags.md says what each expects.';

function widthOf(columns: number): number {
  return Math.max(LEAST_COLUMNS, Math.min(MOST_COLUMNS, columns));
}

/** `predict <run> <image..>` as `predict RUN IMAGE...`. */
export function written(usage: string): string {
  return usage
    .replace(/<([^>]*)>/g, (_, name: string) => name.toUpperCase())
    .replace(/\[([^\]]*)\]/g, (_, name: string) => `[${name.toUpperCase()}]`)
    .replace(/\.\.(?!\.)/g, '...');
}

function nameOf({ name, takes, mayTake }: Flag): string {
  const value = takes ?? (mayTake === null ? null : `[${mayTake}]`);
  return `--${name}${value === null ? '' : ` ${value}`}`;
}

function textOf({ describe, takes, values, default: value }: Flag): string {
  const choices = takes === null || values.length === 0 ? '' : ` (${values.join(', ')})`;
  return `${describe}${choices}${value === null ? '' : ` [${value}]`}`;
}

function exampleLines(
  examples: readonly { readonly command: string; readonly describe: string }[],
  width: number,
): readonly string[] {
  return examples.flatMap(({ command, describe }) => [
    ...wrapped(`${COMMAND} ${command}`, width - 2, '    ').map((line) => `  ${line}`),
    ...wrapped(describe, width - 6).map((line) => `      ${line}`),
  ]);
}

/** Names on the left, texts on the right of them, or, where a name is long, below. */
function table(rows: readonly (readonly [string, string])[], width: number): readonly string[] {
  const left = Math.min(MOST_NAME, Math.max(...rows.map(([name]) => name.length)));
  return rows.flatMap(([name, text]) => {
    const [first = '', ...rest] = wrapped(text, width - left - 4);
    const indent = ' '.repeat(left + 4);
    const below = rest.map((line) => indent + line);
    return name.length > left
      ? [`  ${name}`, indent + first, ...below]
      : [`  ${name.padEnd(left)}  ${first}`.trimEnd(), ...below];
  });
}

/** Lines of whole words; a word that is longer than a line stays one. */
export function wrapped(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : indent + word);
  }
  return lines;
}
