import { expect, it } from 'vitest';
import { cacheRoot } from '../../src/shared/cache-folder.ts';

it('is where it is asked for, or where others keep theirs', () => {
  expect(cacheRoot({ HOME: '/home/ann', GRADSOCKET_CACHE: '~/kept' })).toBe('/home/ann/kept');
  expect(cacheRoot({ HOME: '/home/ann', XDG_CACHE_HOME: '/var/cache' })).toBe('/var/cache/gradsocket');
  expect(cacheRoot({ HOME: '/home/ann', XDG_CACHE_HOME: 'cache' })).toBe('/home/ann/.cache/gradsocket');
});

it.each(['$HOME/cache', '"/cache"', '%LOCALAPPDATA%\\cache', '~ann/cache', 's3://bucket/cache'])(
  'is no folder that nobody meant: %s',
  (path) => {
    expect(() => cacheRoot({ HOME: '/home/ann', GRADSOCKET_CACHE: path })).toThrow(
      expect.objectContaining({ code: 'CACHE_PLACE', exitCode: 78 }),
    );
  },
);
