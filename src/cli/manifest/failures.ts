import type { IPodFailurePolicy } from 'kubernetes-models/batch/v1';
import { EXIT } from '../../shared/errors.ts';

/** Another start would end the same way: usage, data, engine, a diverged training, configuration. */
const FINAL = [EXIT.usage, EXIT.badData, EXIT.noEngine, EXIT.diverged, EXIT.configuration];

/** Somebody asked it to stop, with SIGTERM as Kubernetes does: 143 where the process had not come to listen for it yet. */
const ASKED = [EXIT.interrupted, 143];

/** What the exit codes mean to a Job. All others, above all 75 (try again), count against its limit of starts. */
export function failurePolicyOf(containerName: string): IPodFailurePolicy {
  return {
    rules: [
      { action: 'FailJob', onExitCodes: { containerName, operator: 'In', values: [...FINAL] } },
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'Ignore', onExitCodes: { containerName, operator: 'In', values: [...ASKED] } },
    ],
  };
}
