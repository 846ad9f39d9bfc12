import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { labelsOf, metadataOf } from './names.ts';
import type { Plan } from './plan.ts';

/**
 * Nodes are emptied one worker at a time, so that those that are left can heal the next. None for the coordinator, whose loss
 * pauses nothing, nor for a single worker: theirs would only keep a node from ever being emptied.
 */
export function disruptionBudgets(plan: Plan): readonly IPodDisruptionBudget[] {
  if (plan.workers < 2) return [];
  return [
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: metadataOf(plan, 'workers', 'workers'),
      spec: {
        minAvailable: plan.workers - 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: labelsOf(plan, 'workers') },
      },
    },
  ];
}
