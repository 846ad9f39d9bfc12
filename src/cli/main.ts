#!/usr/bin/env node
import { EXIT } from '../shared/errors.ts';
import { answerEarlySignals } from './command/early-signals.ts';
import { unfitRuntime } from './command/runtime.ts';

// What follows may not even load on another one.
const unfit = unfitRuntime(process.versions);
if (unfit !== null) {
  process.stderr.write(`gradsocket: ${unfit}\n`);
  process.exit(EXIT.configuration);
}

// Loading what follows takes a moment, and of process 1 in a container the system drops every signal that is not asked for.
answerEarlySignals();
void begin();

async function begin(): Promise<void> {
  try {
    const { main } = await import('./command-line.ts');
    await main();
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
