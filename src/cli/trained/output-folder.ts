import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { createFolder } from '../../shared/create-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** Names of files that commands such as these write, here or elsewhere. */
const FILE =
  /\.(?:html?|pdf|md|txt|csv|png|svg|jpe?g|json|zip|py|bin|onnx|keras|h5|hdf5|safetensors|pth?|pb|tflite|mlmodel)$/i;

/**
 * Makes the folder that a command writes to.
 *
 * @throws GradsocketError CANNOT_WRITE where it cannot be made, OUTPUT_FOLDER where the name of a file was given
 */
export async function outputFolder(path: string): Promise<void> {
  if (await isFileName(path)) {
    const advice = `Name the folder for them, such as ${path.replace(FILE, '')}`;
    throw new GradsocketError('OUTPUT_FOLDER', EXIT.usage, `--output ${path}: several files are written. ${advice}.`);
  }
  await createFolder(path).catch((error: Error) => {
    throw writeFailure(path, 0, error);
  });
}

/** Whether somebody who gives this path means a file: one says so by its ending, unless there is a folder of that name. */
export async function isFileName(path: string): Promise<boolean> {
  if (!FILE.test(path) || basename(path).startsWith('.')) return false;
  return stat(path).then(
    (found) => !found.isDirectory(),
    () => true,
  );
}
