import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../../src');

/** Each of them makes foreign text visible, prints JSON, or says its own words alone (main, begin: before anything is loaded; manifest: YAML). */
const PRINTERS = [
  'cli/bench.ts',
  'cli/command-line.ts',
  'cli/command/begin.ts',
  'cli/command/failure.ts',
  'cli/main.ts',
  'cli/manifest.ts',
  'cli/ui/print.ts',
  'worker/report/log.ts',
  'worker/worker.ts',
];

test('the terminal is written to in few places, so that no foreign text reaches it raw', () => {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
  const writing = files.filter((file) => {
    const text = readFileSync(join(SRC, file), 'utf8');
    // The trial is a program of its own, whose output setup reads.
    return /(?:std(?:out|err)\.write|console\.\w+)\(/.test(text) && !file.endsWith('install/trial.ts');
  });
  expect(writing.map((file) => file.replaceAll('\\', '/')).toSorted()).toEqual(PRINTERS);
});
