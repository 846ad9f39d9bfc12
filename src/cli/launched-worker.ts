// `gradsocket worker`, as `launch` starts it: with the same flags, of which each has its value behind it. What understands the words
// of people takes a third of the time until such a process is at work.
import { begin } from './command/begin.ts';

void begin(async () => {
  const { flagPairs } = await import('./command/flag-pairs.ts');
  const { failureOf, printFailure } = await import('./command/failure.ts');
  const { work } = await import('./worker.ts');
  const fail = (error: unknown): never => {
    const { text, detail, exitCode } = failureOf(error);
    printFailure(text, detail);
    process.exit(exitCode);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  process.exit(await work(flagPairs(process.argv.slice(2)), true).catch(fail));
}, true);
