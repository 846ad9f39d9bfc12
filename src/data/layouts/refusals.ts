import { join } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { plural } from '../../shared/plural.ts';
import { someOf } from '../files/some.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import { classesIn, hasImages, unwrapped } from './tree-looks.ts';

/** `train/` beside folders that may be classes like it. */
export function ambiguous(root: Tree, train: Tree, strays: readonly Tree[], where: string): GradsocketError {
  const inside = classesIn(unwrapped(train, '').tree);
  const count = strays.reduce((sum, folder) => sum + imagesBelow(folder), 0);
  const names = root.folders.filter(hasImages).map(({ name }) => name);
  return refusal(
    `${where} holds ${train.name}/ beside ${someOf(strays.map(({ name }) => `${name}/`))}: either the classes are ${someOf(inside)} and ${plural(count, 'image')} beside ${train.name}/ would be left out, or the classes are ${someOf(names)}. For the first, pass ${join(where, train.name)} as the data; for the second, rename ${train.name}/ (to ${train.name}-class, say).`,
  );
}

export function noTraining(folders: readonly Tree[], where: string): GradsocketError {
  const names = folders.map(({ name }) => `${name}/`);
  return refusal(
    `${where} holds ${someOf(names)} but no train/. Add train/, or pass ${join(where, folders[0]!.name)} as the data to train on that.`,
  );
}

export function noImages(where: string, files: readonly string[]): GradsocketError {
  const instead = files.length === 0 ? 'is empty' : `holds no images, but ${someOf(files)}`;
  return new GradsocketError(
    'DATA_EMPTY',
    EXIT.badData,
    `${where} ${instead}. It needs a folder of JPEG, PNG or WebP images for each class.`,
  );
}

export function refusal(sentence: string): GradsocketError {
  return new GradsocketError('DATA_LAYOUT', EXIT.badData, sentence);
}
