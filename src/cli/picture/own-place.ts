import { existsSync } from 'node:fs';
import { isOwnPicture } from '../../data/files/own-picture.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

/**
 * Where a picture is to be written, before it is drawn: not over a file that somebody else made, as in `--grad-cam cat.png dog.png`.
 *
 * @throws GradsocketError
 */
export async function requireOwnPlace(flag: string, file: string | null): Promise<void> {
  if (file === null || !existsSync(file) || (await isOwnPicture(file).catch(() => false))) return;
  throw new GradsocketError(
    'PICTURE_TAKEN',
    EXIT.usage,
    `${flag} ${file}: gradsocket did not write the file that is there, and it would be lost. Name another one.`,
  );
}
