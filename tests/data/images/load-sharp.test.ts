import { expect, it } from 'vitest';
import { sharpMissing } from '../../../src/data/images/load-sharp.ts';
import { EXIT } from '../../../src/shared/errors.ts';

const said = (...reasons: readonly string[]) =>
  new Error(
    ['Could not load the "sharp" module', ...reasons, 'Possible solutions:', '- Do something:', '    this'].join('\n'),
  );

it('says in one sentence that the libraries of sharp were left out', () => {
  const error = sharpMissing(said());
  expect(error).toMatchObject({ code: 'NO_SHARP', exitCode: EXIT.configuration });
  expect(error.message).toMatch(
    /^[^\n]*does not load here: what it needs on \w+ \w+ is not installed\. [^\n]*--include=optional sharp[^\n]*$/,
  );
});

it('says why they do not load, where sharp knows', () => {
  const { message } = sharpMissing(said('Unsupported CPU: it requires v2 microarchitecture'));
  expect(message).toContain('does not load here: Unsupported CPU: it requires v2 microarchitecture. ');
  expect(message).not.toContain('Do something');
});

it('has a sentence for a package that is missing, too', () => {
  expect(sharpMissing(new Error("Cannot find package 'sharp'")).message).toContain('is not installed');
});
