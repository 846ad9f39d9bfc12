import { parseConfig } from './config.ts';
import { fieldsOf } from './fields.ts';
import { type Job, jobSchema } from './schema.ts';
import { readSettings } from './settings.ts';
import { writeYaml } from './write-yaml.ts';

/** job.yaml: every setting of the job, in the words of the flags, so that `--config` reads it again. */
export function jobToYaml(job: Job): string {
  const named = fieldsOf(jobSchema).map(({ key, name }) => [name, job[key as keyof Job]] as const);
  return writeYaml(Object.fromEntries(named));
}

/** `file` is what mistakes are reported under. */
export function jobFromYaml(text: string, file: string): Job {
  const config = parseConfig(text, file, fieldsOf(jobSchema));
  return readSettings(jobSchema, { flags: {}, environment: {}, config }).values;
}
