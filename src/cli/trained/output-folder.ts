import { createFolder } from '../../shared/create-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

/**
 * Makes the folder that a command writes to.
 *
 * @throws GradsocketError CANNOT_WRITE where it cannot be made
 */
export async function outputFolder(path: string): Promise<void> {
  await createFolder(path).catch((error: Error) => {
    throw new GradsocketError('CANNOT_WRITE', EXIT.ioError, `${path} cannot be made: ${error.message}.`, {
      cause: error,
    });
  });
}
