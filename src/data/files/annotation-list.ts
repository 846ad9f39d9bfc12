import { textOfBytes } from '../../shared/text-of-bytes.ts';
import { readAgain } from './read-again.ts';
import { readRegularFile } from './regular-file.ts';

/** Tiny ImageNet's `val_annotations.txt`: a line for each image, its name, its class, a box. */
export function isAnnotationList(file: string): boolean {
  return /^val(?:idation)?_annotations\.txt$/i.test(file);
}

export async function readAnnotationList(path: string): Promise<ReadonlyMap<string, string>> {
  return parseAnnotationList(textOfBytes(await readAgain(path, () => readRegularFile(path))));
}

/** Classes by the names of images. */
function parseAnnotationList(text: string): ReadonlyMap<string, string> {
  const classes = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [file = '', className = ''] = line.split('\t');
    if (file !== '' && className !== '') classes.set(file, className);
  }
  return classes;
}
