import { join } from 'node:path';
import { shellWord } from '../../shared/shell-word.ts';
import { someOf } from '../files/some.ts';
import { imagesBelow, type Tree } from '../files/tree.ts';
import type { Role } from './roles.ts';
import { hasImages, isEvaluated } from './tree-looks.ts';

/** Of a folder beside that for training; `hasLabels`: its images have classes; `chosen`: the one for validation. */
export function unusedNotice(
  folder: Tree,
  role: Role | null | undefined,
  hasLabels: boolean,
  chosen: Tree | null,
  where: string,
): string {
  const path = join(where, folder.name);
  const images = imagesText(folder);
  if (!isEvaluated(role)) return leftOutNotice(folder, where);
  if (!hasLabels) {
    return `${path}/ says no classes, neither by folders nor by names like cat.12.jpg: ${images} not used. \`gradsocket predict RUN ${shellWord(path)}\` classifies them after training.`;
  }
  return `${path}/ is not used, for ${chosen?.name}/ is for validation. \`gradsocket eval RUN --data ${shellWord(path)}\` measures it after training.`;
}

/** Of folders with images beside what is read. */
export function leftOutNotices({ folders }: Tree, where: string): string[] {
  return folders.filter(hasImages).map((folder) => leftOutNotice(folder, where));
}

function leftOutNotice(folder: Tree, where: string): string {
  return `${join(where, folder.name)}/ is neither for training nor for validation: ${imagesText(folder)} not used.`;
}

function imagesText(folder: Tree): string {
  return imagesBelow(folder) === 1 ? 'its image is' : `its ${imagesBelow(folder)} images are`;
}

/** A sentence that tells of pictures which lie beside what is read, and are left out. */
export function looseNotice(images: readonly string[], where: string, beside: string): string {
  const what = images.length === 1 ? '1 image lies' : `${images.length} images lie`;
  return `${what} in ${where} beside ${beside} and ${images.length === 1 ? 'is' : 'are'} not used: ${someOf(images)}.`;
}
