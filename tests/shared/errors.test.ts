import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { errorsIn, errorsPage, knownErrors } from '../../scripts/errors.mjs';
import { EXIT } from '../../src/shared/errors.ts';

const source = fileURLToPath(new URL('../../src', import.meta.url));

it('docs/errors.md lists every code with its exit code and sentence (npm run docs writes it)', async () => {
  await expect(errorsPage(source, EXIT)).toMatchFileSnapshot('../../docs/errors.md');
});

it('finds a code, its exit code, and a sentence of several literals with values in it', () => {
  const text =
    "import { EXIT } from './errors.ts';\n" +
    'throw new GradsocketError(\n' +
    "  'TOO_LARGE',\n" +
    '  EXIT.usage,\n' +
    "  `--batch ${batch} is more than ${names.map((name) => `'${name}'`).join()}. ` +\n" +
    "    'Lower it, don\\'t guess.',\n" +
    ');';
  expect(errorsIn('x.ts', text)).toEqual([
    { code: 'TOO_LARGE', exit: 'usage', sentence: "--batch … is more than …. Lower it, don't guess.", file: 'x.ts' },
  ]);
});

it('every code ends with a kind of exit that there is', () => {
  const errors = knownErrors(source);
  expect(errors.length).toBeGreaterThan(100);
  for (const { code, exits } of errors) {
    for (const name of exits) expect(Object.keys(EXIT), code).toContain(name);
  }
});
