#!/usr/bin/env node
import { EXIT } from '../shared/errors.ts';
import { begin } from './command/begin.ts';
import { unfitRuntime } from './command/runtime.ts';

// What follows may not even load on another one.
const unfit = unfitRuntime(process.versions);
if (unfit !== null) {
  process.stderr.write(`gradsocket: ${unfit}\n`);
  process.exit(EXIT.configuration);
}

void begin(async () => {
  const { main } = await import('./command-line.ts');
  await main();
});
