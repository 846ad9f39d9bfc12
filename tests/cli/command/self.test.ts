import { expect, it } from 'vitest';
import { commandFor } from '../../../src/cli/command/self.ts';

const PATH = '/usr/local/bin:/usr/bin';

it.each([
  ['in an image, or installed for all', '/usr/local/bin/gradsocket', PATH, 'gradsocket'],
  [
    'by npx, for which npm has changed the PATH',
    '/p/node_modules/.bin/gradsocket',
    `/p/node_modules/.bin:${PATH}`,
    'npx gradsocket',
  ],
  ['from the checkout', '/p/dist/cli/main.js', PATH, 'npx gradsocket'],
  ['by a path that no shell looks at', '/opt/gradsocket/gradsocket', PATH, 'npx gradsocket'],
])('is called again as it was called: %s', (_, script, path, expected) => {
  expect(commandFor(script, path)).toBe(expected);
});

it('is called by yarn where nothing lies in node_modules', () => {
  expect(commandFor('/p/.yarn/unplugged/gradsocket/dist/cli/main.js', PATH, '3')).toBe('yarn gradsocket');
});
