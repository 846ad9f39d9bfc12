import { EXIT, GradsocketError } from '../errors.ts';
import { textIn, UnreadableFile } from '../given-file.ts';
import { parseConfig } from './config.ts';
import { fieldsOf } from './fields.ts';
import { type Job, jobSchema } from './schema.ts';
import { readSettings } from './settings.ts';
import { writeYaml } from './write-yaml.ts';

/** The file is written by gradsocket, so that an unknown key is no slip of whoever reads the sentence. */
const NOT_OURS = '. If a newer gradsocket wrote the file, go on with that one; if somebody edited it, remove the line.';

/** job.yaml: every setting of the job, in the words of the flags, so that `--config` reads it again. */
export function jobToYaml(job: Job): string {
  const named = fieldsOf(jobSchema).map(({ key, name }) => [name, job[key as keyof Job]] as const);
  return writeYaml(Object.fromEntries(named));
}

/**
 * The text of a file that we wrote and somebody may have saved since.
 *
 * @throws GradsocketError
 */
export function settingsText(content: Uint8Array, file: string): string {
  try {
    return textIn(content);
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new GradsocketError('CONFIG_UNREADABLE', EXIT.configuration, `${file} cannot be read: ${error.reason}.`, {
      cause: error,
    });
  }
}

/**
 * `file` is what mistakes are reported under.
 *
 * @throws GradsocketError
 */
export function jobFromYaml(text: string, file: string): Job {
  const config = parseConfig(text, file, fieldsOf(jobSchema), () => NOT_OURS);
  // With defaults in their places it would be the job of another run.
  if (config.values.size === 0) throw empty(file);
  return readSettings(jobSchema, { flags: {}, environment: {}, config }).values;
}

function empty(file: string): GradsocketError {
  const sentence = `${file} holds no settings, and without them nobody knows what its run and its checkpoints are of. Restore it from a copy.`;
  return new GradsocketError('JOB_INCOMPLETE', EXIT.configuration, sentence);
}
