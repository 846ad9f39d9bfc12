import { basename, dirname, extname } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { isFileName } from '../trained/output-folder.ts';
import { FILES, type Format, FORMATS } from './exported.ts';

export interface OutputPlace {
  readonly folder: string;
  /** What the one file of the format is called there; null: as always. */
  readonly file: string | null;
}

/**
 * `--output model.onnx` is the file that is to be written, where the format is one file of that ending.
 *
 * @throws GradsocketError where the name of a file is given that the format does not write
 */
export async function outputPlace(output: string, format: Format): Promise<OutputPlace> {
  if (!(await isFileName(output))) return { folder: output, file: null };
  const ending = extname(output).toLowerCase();
  if (endingOf(format) === ending) return { folder: dirname(output), file: basename(output) };
  const files: readonly string[] = FILES[format];
  const folder = output.slice(0, -ending.length);
  const other = files.some((name) => name.endsWith(ending))
    ? undefined
    : FORMATS.find((one) => endingOf(one) === ending);
  const advice = [
    ...(other === undefined ? [] : [`pass --format ${other} for that file`]),
    ...(files.length === 1 ? [`name a file that ends in ${endingOf(format)}`] : []),
    `name the folder for ${files.length === 1 ? 'it' : 'them'}, such as ${folder}`,
  ].join(', or ');
  throw new GradsocketError(
    'OUTPUT_FILE',
    EXIT.usage,
    `--output ${output}: --format ${format} writes ${files.join(' and ')}. ${advice[0]!.toUpperCase()}${advice.slice(1)}.`,
  );
}

/** Null: it writes several files. */
function endingOf(format: Format): string | null {
  const [name, ...more]: readonly string[] = FILES[format];
  return name === undefined || more.length > 0 ? null : extname(name);
}
