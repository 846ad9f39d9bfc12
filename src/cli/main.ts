#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';
import { cacheRoot } from '../shared/cache-folder.ts';
import { EXIT } from '../shared/errors.ts';
import { answerEarlySignals } from './command/early-signals.ts';
import { unfitRuntime } from './command/runtime.ts';

// What follows may not even load on another one.
const unfit = unfitRuntime(process.versions);
if (unfit !== null) {
  process.stderr.write(`gradsocket: ${unfit}\n`);
  process.exit(EXIT.configuration);
}

// From Node 22 on, what was compiled once is kept: a third of the processor time of every start.
const { enableCompileCache } = module as { readonly enableCompileCache?: (folder: string) => unknown };
try {
  enableCompileCache?.(join(cacheRoot(process.env), 'compiled'));
} catch {
  // There is no folder for it: whoever needs one says so.
}

// Loading what follows takes a moment, and of process 1 in a container the system drops every signal that is not asked for.
answerEarlySignals();
try {
  await import('./command-line.ts');
} catch (error) {
  // What was loaded answers for itself; this is that it cannot be.
  const { code = '' } = error as NodeJS.ErrnoException;
  if (code !== 'EMFILE' && code !== 'ENFILE') throw error;
  process.stderr.write(
    `gradsocket: This process may not open as many files as it needs (${code}). Raise the limit (ulimit -n 1024), and start it again.\n`,
  );
  process.exit(EXIT.configuration);
}
