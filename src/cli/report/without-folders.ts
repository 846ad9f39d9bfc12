import { basename } from 'node:path';
import type { ViewSource } from '../../coordinator/view/compose.ts';
import { handedOnJob, handedOnText } from '../../shared/job/handed-on.ts';
import type { ReportedEvaluation } from './page.ts';

/**
 * What a report shows, with files and folders by their names alone: a page that is sent to somebody says nothing of where its author keeps things.
 * job.yaml has the whole paths.
 */
export function withoutFolders(
  source: ViewSource,
  evaluation: ReportedEvaluation | string,
  runDir: string,
): { readonly source: ViewSource; readonly evaluation: ReportedEvaluation | string } {
  const { run, commands } = source;
  const short = (text: string): string => handedOnText(text, run.job, [runDir]);
  return {
    source: {
      ...source,
      run: {
        ...run,
        job: handedOnJob(run.job),
        dataset: { ...run.dataset, name: short(run.dataset.name) },
      },
      commands: { ...commands, run: short(commands.run) },
    },
    evaluation:
      typeof evaluation === 'string'
        ? short(evaluation)
        : { ...evaluation, checkpoint: basename(evaluation.checkpoint) },
  };
}
