import { readStart } from './regular-file.ts';

/**
 * What pictures of ours say of themselves (a PNG's text chunk, the first after its header): a preview that was written beside the
 * images that it shows is none of them.
 */
export const OWN_PICTURE = 'tEXtSoftware\0gradsocket';

/** Where a chunk's type stands that follows the header: after the signature, the header's chunk and the length. */
const TYPE = 8 + 25 + 4;

/** Whether `--preview` or `--mistakes` wrote this file. */
export async function isOwnPicture(path: string): Promise<boolean> {
  const start = await readStart(path, TYPE + OWN_PICTURE.length);
  return Buffer.from(start).toString('latin1', TYPE) === OWN_PICTURE;
}
