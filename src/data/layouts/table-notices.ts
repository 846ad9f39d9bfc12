import { join } from 'node:path';
import { plural } from '../../shared/plural.ts';
import { shellWord } from '../../shared/shell-word.ts';
import { someOf } from '../files/some.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import type { LabelTable } from './label-table.ts';
import { roleOf } from './roles.ts';
import { hasImages } from './tree-looks.ts';

/** Of a table that is called `name`: lines of it that mean nothing, and its column of splits. */
export function tableNotices({ missing, split }: LabelTable, name: string): readonly string[] {
  const notices: string[] = [];
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'names' : 'name';
    notices.push(`${plural(missing.length, 'line')} of ${name} ${verb} no image that is here: ${someOf(missing)}.`);
  }
  if (split !== null) {
    notices.push(
      split.isRead
        ? `Its column ${split.title} says which images are for what.`
        : `Its column ${split.title} is not read: all images of it count as training images, some of which are held out. For another split, put them into train/ and val/, with a folder for each class.`,
    );
  }
  return notices;
}

/** `tested`: how many are for the test beside others for validation; `unlabelled`: images that a table lists without a class, with the table. */
export function unusedNotices(tested: number, unlabelled: readonly (readonly [string, string])[]): readonly string[] {
  const notices: string[] = [];
  if (tested > 0) {
    const are = tested === 1 ? '1 image is' : `${tested} images are`;
    notices.push(`${are} for the test and not used, for others are for validation.`);
  }
  if (unlabelled.length > 0) {
    const are = unlabelled.length === 1 ? '1 image is' : `${unlabelled.length} images are`;
    const tables = someOf([...new Set(unlabelled.map(([, table]) => table))]);
    notices.push(`${are} not used, of which ${tables} says no class.`);
  }
  return notices;
}

/** Of what no table lists. `kept`: the folders that are read. */
export function leftNotices(folder: Tree, path: string, kept: ReadonlySet<string>, where: string): readonly string[] {
  const here = join(where, path.slice(0, -1));
  if (![...kept].some((file) => file.startsWith(path))) return hasImages(folder) ? [leftNotice(folder, here)] : [];
  const loose =
    kept.has(path) || folder.images.length === 0
      ? []
      : [`${plural(folder.images.length, 'image')} in ${here} not used: ${someOf(folder.images)}.`];
  return [...loose, ...folder.folders.flatMap((below) => leftNotices(below, `${path}${below.name}/`, kept, where))];
}

function leftNotice(folder: Tree, path: string): string {
  const predict =
    roleOf(folder.name) === 'side'
      ? ''
      : ` \`gradsocket predict RUN ${shellWord(path)}\` classifies them after training.`;
  return `${path}/ is not trained on: ${plural(imagesBelow(folder), 'image')} not used.${predict}`;
}

export function tablesText(files: readonly string[], where: string): string {
  return someOf(files.map((file) => join(where, file)));
}
