import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { createFolder } from '../../shared/create-folder.ts';

/**
 * Makes the folder that a command writes to.
 *
 * @throws GradsocketError CANNOT_WRITE where it cannot be made
 */
export async function outputFolder(path: string): Promise<void> {
  await createFolder(path).catch((error: Error) => {
    throw writeFailure(path, 0, error);
  });
}
