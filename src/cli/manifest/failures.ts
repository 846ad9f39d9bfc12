import type { IPodFailurePolicy } from 'kubernetes-models/batch/v1';
import { EXIT } from '../../shared/errors.ts';
import type { Component } from './names.ts';

/** Another start would end the same way: usage, data, a diverged training, configuration. */
const FINAL = [EXIT.usage, EXIT.badData, EXIT.diverged, EXIT.configuration];

/** Somebody asked it to stop, with SIGTERM as Kubernetes does: 143 where the process had not come to listen for it yet. */
const ASKED = [EXIT.interrupted, 143];

/** What the container of each is called. */
const CONTAINERS: Readonly<Record<Component, string>> = { coordinator: 'coordinator', workers: 'worker' };

/** What the exit codes mean to a Job. All others, above all 75 (try again), count against its limit of starts. */
export function failurePolicyOf(component: Component): IPodFailurePolicy {
  const containerName = CONTAINERS[component];
  const on = (values: readonly number[]) => ({ containerName, operator: 'In' as const, values: [...values] });
  // No engine: of one worker, its node may have a broken GPU, which ends nobody else's work.
  const final = component === 'workers' ? FINAL : [...FINAL, EXIT.noEngine].toSorted((a, b) => a - b);
  return {
    rules: [
      { action: 'FailJob', onExitCodes: on(final) },
      ...(component === 'workers' ? [{ action: 'FailIndex', onExitCodes: on([EXIT.noEngine]) } as const] : []),
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      { action: 'Ignore', onExitCodes: on(ASKED) },
    ],
  };
}
