import yargs, { type CommandModule } from 'yargs';
import { benchCommand } from './bench.ts';
import { completionCommand } from './completion.ts';
import { coordinatorCommand } from './coordinator.ts';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { failureOf, printFailure, printWarning } from './command/failure.ts';
import { wantsJson } from './command/json-wanted.ts';
import { unknownVariables } from './command/variables.ts';
import { type CommandDescription, describeCommand } from './command/description.ts';
import { commandHelp, programHelp } from './command/help-text.ts';
import { printLines } from './ui/print.ts';
import { jsonLine } from './ui/structured-line.ts';
import { inspectCommand } from './inspect.ts';
import { launchCommand } from './launch.ts';
import { manifestCommand } from './manifest.ts';
import { modelCommand } from './model.ts';
import { predictCommand } from './predict.ts';
import { markedWords } from './predict/words.ts';
import { packageVersion } from '../shared/version.ts';
import { hideSecrets } from './run/secrets.ts';
import { reportCommand } from './report.ts';
import { setupCommand } from './setup.ts';
import { sweepCommand } from './sweep.ts';
import { type Offer, usageError } from './command/usage.ts';
import { viewCommand } from './view.ts';
import { inOurWords } from './command/wording.ts';
import { workerCommand } from './worker.ts';

const OURS: readonly CommandModule[] = [
  launchCommand,
  coordinatorCommand,
  workerCommand,
  sweepCommand,
  dataCommand,
  modelCommand,
  viewCommand,
  reportCommand,
  evalCommand,
  predictCommand,
  inspectCommand,
  exportCommand,
  setupCommand,
  doctorCommand,
  benchCommand,
  manifestCommand,
];
const COMMANDS: readonly CommandModule[] = [...OURS, completionCommand(OURS)];

function nameOf({ command }: CommandModule): string {
  return String(command).split(' ')[0] ?? '';
}

/** Described when it is first asked for. */
let described: readonly CommandDescription[] | null = null;

function descriptions(): readonly CommandDescription[] {
  described ??= COMMANDS.map(describeCommand);
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
  return describedBy(words)?.flags.flatMap(({ name, takes }) => (takes === null ? [name] : [])) ?? [];
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
  const all = descriptions().flatMap((command) => [command, ...command.commands]);
  return all.flatMap(({ flags }) => flags.map(({ name }) => name)).filter((name) => name !== 'config');
}

/** What a wrong command line is compared with. */
function offerTo(args: readonly string[]): Offer {
  const given = descriptions().find(({ name }) => name === args[0]);
  return {
    commands: COMMANDS.map(nameOf),
    flags: flagsOf(args),
    command: given?.name ?? null,
    usage: given?.usage ?? null,
    given: args,
  };
}

async function main(args: readonly string[]): Promise<void> {
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
    .demandCommand(1, 'Which command?')
    .strict()
    .exitProcess(false)
    .fail((message: string | null, error: Error | undefined) => {
      if (error instanceof Error) throw error;
      throw usageError(message ?? 'This is not understood', offerTo(args));
    });
  for (const command of COMMANDS) parser.command(command);
  await parser.parseAsync();
}

function fail(error: unknown): never {
  const { text, detail, exitCode, code } = failureOf(error);
  printFailure(text, detail);
  // The same as the last event of a run that failed on its way.
  const event = { type: 'failed', code, exitCode, message: text };
  if (wantsJson(words, process.env)) process.stdout.write(`${jsonLine(event, new Date())}\n`);
  process.exit(exitCode);
}

let words: readonly string[] = process.argv.slice(2);

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// A reader that went away (`gradsocket ... | head`, a closed terminal) is no failure of ours: what goes on beside the
// printing, such as the last checkpoint after a hang-up, goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  words = markedWords(inOurWords(words, { commands: COMMANDS.map(nameOf), flagsOf, switchesOf }));
} catch (error) {
  fail(error);
}
for (const sentence of unknownVariables(process.env, everyFlag)) printWarning(sentence);
hideSecrets(words);
try {
  await main(words);
} catch (error) {
  // What yargs's parser says by itself, without asking `fail`.
  fail(error instanceof Error && error.name === 'YError' ? usageError(error.message, offerTo(words)) : error);
}
process.exit();
