import { expect, it } from 'vitest';
import { npmWords } from '../../scripts/npm-words.mjs';

const flagOf = (name: string): string | null =>
  ['epochs', 'quiet', 'color', 'image-size'].includes(name) ? name : null;

it('what npm makes of flags without two dashes is taken for flags', () => {
  const env = {
    npm_config_epochs: '3',
    npm_config_quiet: 'true',
    npm_config_image_size: '64',
    npm_config_registry: 'https://registry.example',
    epochs: '9',
  };
  expect(npmWords(flagOf, env, [])).toEqual(['--epochs=3', '--quiet', '--image-size=64']);
});

it('what stands after the dashes goes before, and what npm has itself is left to it', () => {
  expect(npmWords(flagOf, { npm_config_epochs: '3' }, ['--epochs', '5'])).toEqual([]);
  expect(npmWords(flagOf, { npm_config_color: 'always' }, [])).toEqual([]);
  expect(npmWords(flagOf, { npm_config_quiet: '' }, [])).toEqual(['--quiet=false']);
});
