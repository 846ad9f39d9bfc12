import { expect, test } from 'vitest';
import { labelledFiles } from '../../../src/data/layouts/labelled-files.ts';
import type { OddEntry } from '../../../src/data/files/folder.ts';
import type { Tree } from '../../../src/data/files/tree.ts';

function folder(name: string, content: Partial<Tree>): Tree {
  return {
    name,
    images: [],
    others: [],
    odd: new Map<string, OddEntry>(),
    folders: [],
    own: null,
    runs: [],
    ...content,
  };
}

test('a file that nobody may read is a sample that cannot be read where all else are images, whatever its name', async () => {
  const odd = new Map<string, OddEntry>([
    ['1', { reason: 'it cannot be read (EACCES)', kind: 'file' }],
    ['pipe', { reason: 'it is a pipe', kind: 'special' }],
  ]);
  const tree = folder('pets', { folders: [folder('cat', { odd }), folder('dog', { images: ['2.jpg'] })] });
  const candidates = await labelledFiles('/pets', {
    kind: 'read',
    train: { tree, path: '', by: 'folders' },
    validation: null,
    notices: [],
  });
  expect(candidates.samples.map((_, index) => candidates.nameOf(index))).toEqual(['cat/1', 'dog/2.jpg']);
  await expect(candidates.read(0)).rejects.toMatchObject({ reason: 'it cannot be read (EACCES)' });
  expect(candidates.notices).toEqual(['1 file among the images is none and was passed over in /pets: cat/pipe.']);
});

test('names without a dot before the number say the classes together, which is said', async () => {
  const tree = folder('pets', { images: ['american_bulldog_1.jpg', 'beagle_1.jpg', 'beagle_2.jpg'] });
  const { classes, samples, notices } = await labelledFiles('/pets', {
    kind: 'read',
    train: { tree, path: '', by: 'names' },
    validation: null,
    notices: [],
  });
  expect([classes, samples.map(({ label }) => label)]).toEqual([
    ['american_bulldog', 'beagle'],
    [0, 1, 1],
  ]);
  expect(notices).toEqual([
    'The names of the files in /pets are taken to say their classes: american_bulldog_1.jpg is of class american_bulldog.',
  ]);
});

test('what is no image is counted as well where names or a list give the classes', async () => {
  const loose = folder('pets', {
    images: ['cat.1.jpg', 'dog.1.jpg'],
    others: ['labels.csv', 'README.md'],
    folders: [folder('masks', { others: ['1.xml'] })],
  });
  const train = { tree: loose, path: '', by: 'names' } as const;
  const read = { kind: 'read', train, validation: null, notices: [] } as const;
  expect((await labelledFiles('/pets', read)).notices).toEqual([
    '3 files among the images are none and were passed over in /pets: labels.csv, README.md, masks/1.xml.',
  ]);
  const only = folder('pets', { images: ['cat.1.jpg', 'dog.1.jpg'] });
  expect((await labelledFiles('/pets', { ...read, train: { ...train, tree: only } })).notices).toEqual([]);
});
