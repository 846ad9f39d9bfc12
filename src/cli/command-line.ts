import yargs, { type Argv, type CommandModule } from 'yargs';
import { benchCommand } from './bench.ts';
import { coordinatorCommand } from './coordinator.ts';
import { dataCommand } from './data.ts';
import { doctorCommand } from './doctor.ts';
import { evalCommand } from './eval.ts';
import { exportCommand } from './export.ts';
import { BENCH_PARTS } from './bench/parts.ts';
import { failureOf, printFailure, printWarning } from './command/failure.ts';
import { wantsJson } from './command/json-wanted.ts';
import { unknownVariables } from './command/variables.ts';
import { jsonLine } from './ui/structured-line.ts';
import { fieldsOf } from '../shared/job/fields.ts';
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

const COMMANDS: readonly CommandModule[] = [
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

function nameOf({ command }: CommandModule): string {
  return String(command).split(' ')[0] ?? '';
}

/** What yargs knows of the flags of a command; `getOptions` is its own, missing in its types. */
interface Declared {
  readonly key: Readonly<Record<string, unknown>>;
  readonly boolean: readonly string[];
}

/** The flags that a command declares, for suggestions. */
function declaredBy(command: CommandModule | undefined): Declared {
  const parser = yargs([]) as Argv & { getOptions(): Declared };
  if (typeof command?.builder === 'function') void command.builder(parser);
  return parser.getOptions();
}

/** The flags of what a command line begins with: a command, or a part of `bench`. */
function flagsOf([name, part]: readonly string[]): readonly string[] {
  const { key } = declaredBy(COMMANDS.find((command) => nameOf(command) === name));
  const measured = name === nameOf(benchCommand) ? BENCH_PARTS.find((one) => one.name === part) : undefined;
  return [...Object.keys(key), ...(measured === undefined ? [] : fieldsOf(measured.schema).map((field) => field.name))];
}

function switchesOf([name]: readonly string[]): readonly string[] {
  return declaredBy(COMMANDS.find((command) => nameOf(command) === name)).boolean;
}

/** Each is a variable of the environment, too. */
function everyFlag(): readonly string[] {
  const parts = BENCH_PARTS.flatMap(({ schema }) => fieldsOf(schema).map(({ name }) => name));
  const flags = COMMANDS.flatMap((command) => flagsOf([nameOf(command)]));
  return [...flags, ...parts].filter((name) => !['help', 'h', 'version', 'config'].includes(name));
}

/** What a wrong command line is compared with. */
function offerTo(args: readonly string[]): Offer {
  const given = COMMANDS.find((command) => nameOf(command) === args[0]);
  return {
    commands: COMMANDS.map(nameOf),
    flags: flagsOf(args),
    command: given === undefined ? null : nameOf(given),
    usage: given === undefined ? null : String(given.command),
    given: args,
  };
}

async function main(args: readonly string[]): Promise<void> {
  const parser = yargs([...args])
    .scriptName('gradsocket')
    .locale('en')
    .usage('gradsocket <command>\n\nSynchronous data-parallel training of image classifiers.')
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .version(packageVersion())
    .alias('h', 'help')
    .wrap(Math.min(120, process.stdout.columns || 100))
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
