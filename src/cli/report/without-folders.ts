import { basename } from 'node:path';
import type { ViewSource } from '../../coordinator/view/compose.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import type { ReportedEvaluation } from './page.ts';

/** Of a dataset that is no folder, `digits`, and of numbers in a path's place, there is nothing to take off. */
function pathsOf(job: Job): readonly string[] {
  const values = fieldsOf(jobSchema).flatMap(({ key, isPath }) => (isPath ? [job[key as keyof Job]] : []));
  return values.filter((value) => typeof value === 'string').filter((value) => value.includes('/'));
}

/**
 * What a report shows, with files and folders by their names alone: a page that is sent to somebody says nothing of where its author keeps things.
 * job.yaml has the whole paths.
 */
export function withoutFolders(
  source: ViewSource,
  evaluation: ReportedEvaluation | string,
): { readonly source: ViewSource; readonly evaluation: ReportedEvaluation | string } {
  const { run, commands } = source;
  const paths = pathsOf(run.job);
  const short = (text: string): string => paths.reduce((shown, path) => shown.replaceAll(path, basename(path)), text);
  const job = Object.fromEntries(
    Object.entries(run.job).map(([key, value]) => [key, typeof value === 'string' ? short(value) : value]),
  ) as typeof run.job;
  return {
    source: {
      ...source,
      run: { ...run, job, dataset: { ...run.dataset, name: short(run.dataset.name) } },
      commands: { ...commands, run: short(commands.run) },
    },
    evaluation:
      typeof evaluation === 'string'
        ? short(evaluation)
        : { ...evaluation, checkpoint: basename(evaluation.checkpoint) },
  };
}
