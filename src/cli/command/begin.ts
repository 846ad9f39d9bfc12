import { EXIT } from '../../shared/errors.ts';
import { closeDeadTerminals } from './dead-terminals.ts';
import { answerEarlySignals } from './early-signals.ts';

/** What a program does first. `run` loads all of it. `launched`: by a launcher, which answers Ctrl-C for its workers. */
export async function begin(run: () => Promise<void>, launched = false): Promise<void> {
  // Loading takes a moment, and of process 1 in a container the system drops every signal that is not asked for.
  answerEarlySignals(process, undefined, launched);
  process.once('exit', closeDeadTerminals);
  // A reader that went away (`gradsocket ... | head`, a closed terminal) is no failure of ours, and a full disk below a log none of
  // the run: what goes on beside the printing, such as the last checkpoint after a hang-up, goes on.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  try {
    await run();
  } catch (error) {
    // What was loaded answers for itself; this is that it cannot be.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
    process.stderr.write(
      `gradsocket: This process may not open as many files as it needs (${code}). Raise the limit (ulimit -n 1024), and start it again.\n`,
    );
    process.exit(EXIT.configuration);
  }
}
