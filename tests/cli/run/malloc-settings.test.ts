import { expect, it } from 'vitest';
import { mallocSettings } from '../../../src/cli/run/malloc-settings.ts';

it('tells malloc to keep memory, in numbers that it reads', () => {
  const settings = mallocSettings({});
  expect(Number(settings['MALLOC_TRIM_THRESHOLD_'])).toBeGreaterThan(2 ** 30);
  expect(Number(settings['MALLOC_MMAP_THRESHOLD_'])).toBeGreaterThan(2 ** 30);
});

it('leaves alone what the user has set', () => {
  const settings = mallocSettings({ MALLOC_TOP_PAD_: '1', GLIBC_TUNABLES: 'glibc.malloc.check=3' });
  expect(Object.keys(settings)).toEqual(['MALLOC_TRIM_THRESHOLD_', 'MALLOC_MMAP_THRESHOLD_']);
});
