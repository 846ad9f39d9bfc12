import { expect, it } from 'vitest';
import { FILES, type Format, FORMATS } from '../../../src/cli/export/exported.ts';
import { EXPORTERS } from '../../../src/cli/export/formats.ts';
import { ownFolder } from '../../../src/data/files/own-folder.ts';
import { modelOf } from './exported.ts';

it('no format writes a file of another', () => {
  const all = Object.values(FILES).flat();
  expect(new Set(all).size).toBe(all.length);
});

it('a folder of exports is known for one, where images are looked for', () => {
  expect(ownFolder({ files: Object.values(FILES).flat(), folders: [] })).toBe('export');
});

it.each(FORMATS)('%s writes what it says, and names it', async (format: Format) => {
  const place = { folder: 'a folder', file: null };
  const { files, lines } = await EXPORTERS[format](modelOf({ channels: [4] }, [8, 8, 3]), place);
  expect(files.map(({ name }) => name)).toEqual(FILES[format]);
  for (const { name } of files) expect(lines.join('\n')).toContain(name);
});
