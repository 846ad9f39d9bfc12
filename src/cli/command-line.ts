import type { Argv, CommandModule, Options } from 'yargs';
import yargs from 'yargs';
import { COMMAND_NAMES, loadCommands } from './commands.ts';
import { failureOf, printFailure, printWarning } from './command/failure.ts';
import { wantsJson } from './command/json-wanted.ts';
import { unknownVariables } from './command/variables.ts';
import { type CommandDescription, describeCommand } from './command/description.ts';
import { commandHelp, programHelp } from './command/help-text.ts';
import { printLines } from './ui/print.ts';
import { jsonLine } from './ui/structured-line.ts';
import { refuseEmptyWords } from './command/empty-words.ts';
import { allPrinted, waitForNoTerminal } from './command/printed.ts';
import { isLogged, unprinted } from './command/unprinted.ts';
import { markedWords } from './predict/words.ts';
import { flagMeant } from '../shared/job/meaning.ts';
import { packageVersion } from '../shared/version.ts';
import { hideSecrets } from './run/secrets.ts';
import { NO_COMMAND, type Offer, usageError } from './command/usage.ts';
import { commandInOurWords, inOurWords } from './command/wording.ts';

let asked: readonly string[] = process.argv.slice(2);
/** What the command line begins with, or all where that is none of them. */
let commands: readonly CommandModule[] = [];
/** Of those, when it is first asked for. */
let described: readonly CommandDescription[] | null = null;

async function load(names: readonly string[]): Promise<void> {
  commands = await loadCommands(names);
  described = null;
}

function descriptions(): readonly CommandDescription[] {
  described ??= commands.map(describeCommand);
  return described;
}

/** The command, or the part of `bench`, that a command line begins with. */
function describedBy([name, part]: readonly string[]): CommandDescription | undefined {
  const command = descriptions().find((one) => one.name === name);
  return command?.commands.find((one) => one.name === part) ?? command;
}

/** Flags that every command has. */
const EVERYWHERE: readonly string[] = ['help', 'version'];

function flagsOf(words: readonly string[]): readonly string[] {
  return [...(describedBy(words)?.flags.map(({ name }) => name) ?? []), ...EVERYWHERE];
}

function switchesOf(words: readonly string[]): readonly string[] {
  const flags = describedBy(words)?.flags ?? [];
  return flags.flatMap(({ name, takes, mayTake }) => (takes === null && mayTake === null ? [name] : []));
}

function valuesOf(words: readonly string[]): Offer['values'] {
  const flags = describedBy(words)?.flags ?? [];
  return flags.flatMap(({ name, values }) => values.map((value) => ({ flag: name, value })));
}

function positionalsOf(words: readonly string[]): readonly string[] {
  return describedBy(words)?.positionals.map(({ name }) => name) ?? [];
}

/** The lines that `--help` asks for; null: it is not asked for. */
function helpFor(args: readonly string[]): readonly string[] | null {
  const end = args.indexOf('--');
  const given = end === -1 ? args : args.slice(0, end);
  if (!given.includes('--help') && !given.includes('-h')) return null;
  // Behind a pager the other stream still knows.
  const columns = process.stdout.columns || process.stderr.columns || 80;
  const found = describedBy(given);
  if (found === undefined) return given[0]?.startsWith('-') ? programHelp(descriptions(), columns) : null;
  return commandHelp(found, columns, found.name === given[0] ? [] : [given[0]!]);
}

/** Each is a variable of the environment, too. */
function everyFlag(): readonly string[] {
  return flagsIn(commands);
}

function flagsIn(modules: readonly CommandModule[]): readonly string[] {
  const all = modules.map(describeCommand).flatMap((command) => [command, ...command.commands]);
  return all.flatMap(({ flags }) => flags.map(({ name }) => name)).filter((name) => name !== 'config');
}

/** What a wrong command line is compared with. */
function offerTo(args: readonly string[]): Offer {
  const given = descriptions().find(({ name }) => name === args[0]);
  return {
    commands: COMMAND_NAMES,
    flags: flagsOf(args),
    switches: switchesOf(args),
    values: valuesOf(args),
    command: given?.name ?? null,
    usage: given?.usage ?? null,
    given: args,
  };
}

async function obey(args: readonly string[]): Promise<void> {
  const help = helpFor(args);
  if (help !== null) return printLines(help);
  const parser = yargs([...args])
    .scriptName('gradsocket')
    .locale('en')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .version(packageVersion())
    // Ours says it by subjects, with examples, and breaks no words.
    .help(false)
    .demandCommand(1, NO_COMMAND)
    .strict()
    .exitProcess(false)
    .middleware((given) => refuseEmptyWords(args[0] ?? '', positionalsOf(args), given))
    .fail((message: string | null, error: Error | undefined) => {
      if (error instanceof Error) throw error;
      throw usageError(message ?? 'This is not understood', offerTo(args));
    });
  for (const command of commands) parser.command(unseen(command));
  await parser.parseAsync();
}

/** The parser sets its own help whenever a command runs, which takes longer than all else of its work: of hidden flags there is none. */
function unseen(command: CommandModule): CommandModule {
  const { builder } = command;
  if (typeof builder !== 'function') return command;
  return {
    ...command,
    builder: async (parser: Argv) => {
      const option = parser.option.bind(parser) as (name: string, options: Options) => Argv;
      const hide = (name: string, options: Options): Argv => option(name, { ...options, hidden: true });
      return builder(Object.assign(parser, { option: hide }));
    },
  };
}

async function fail(error: unknown): Promise<never> {
  const { text, detail, exitCode, code } = failureOf(error);
  printFailure(text, detail);
  // The same as the last event of a run that failed on its way.
  const event = { type: 'failed', code, exitCode, message: text };
  if (wantsJson(asked, process.env)) {
    // Both may go to one pipe (`2>&1`), which takes a long sentence in pieces: none of the other may come between them.
    await allPrinted([process.stderr]);
    process.stdout.write(`${jsonLine(event, new Date())}\n`);
  }
  await allPrinted();
  process.exit(exitCode);
}

/** Does what the command line says, and ends the process. */
export async function main(): Promise<never> {
  process.on('uncaughtException', (error) => void fail(error));
  process.on('unhandledRejection', (error) => void fail(error));
  let lost: unknown = null;
  process.stdout.on('error', (error) => (lost ??= error));
  try {
    await understand();
  } catch (error) {
    await fail(error);
  }
  hideSecrets(asked);
  if (isLogged(asked[0])) waitForNoTerminal();
  try {
    await obey(asked);
  } catch (error) {
    // What yargs's parser says by itself, without asking `fail`.
    await fail(error instanceof Error && error.name === 'YError' ? usageError(error.message, offerTo(asked)) : error);
  }
  await allPrinted();
  // What became of the last line is known a moment later.
  await new Promise(setImmediate);
  const failure = unprinted(lost, process.stdout.isTTY);
  if (failure !== null && isLogged(asked[0])) printWarning(failure.message);
  else if (failure !== null && !process.exitCode) await fail(failure);
  process.exit();
}

/** Whether a flag among the words is none of the command, in whatever words. */
function hasStrangeFlag(command: string): boolean {
  const flags = flagsOf([command, ...asked.slice(1)]);
  const names = asked.flatMap((word) => /^--([A-Za-z][\w.-]*)/.exec(word)?.[1] ?? []);
  return names.some((name) => flagMeant(name.replace(/^no-?/, ''), flags) === null && flagMeant(name, flags) === null);
}

/** Loads what the words may be about, and puts them into ours. */
async function understand(): Promise<void> {
  const [first] = commandInOurWords(asked, COMMAND_NAMES);
  const known = first !== undefined && COMMAND_NAMES.includes(first);
  await load(known ? [first] : first === '--version' ? [] : COMMAND_NAMES);
  // Which command has the flag that this one has not.
  if (known && hasStrangeFlag(first)) await load(COMMAND_NAMES);
  asked = markedWords(inOurWords(asked, { commands: COMMAND_NAMES, flagsOf, switchesOf, positionalsOf }));
  // Those of other commands are none of ours, but no mistake.
  if (unknownVariables(process.env, everyFlag).length > 0) {
    const every = commands.length === COMMAND_NAMES.length ? everyFlag() : flagsIn(await loadCommands());
    for (const sentence of unknownVariables(process.env, () => every)) printWarning(sentence);
  }
}
