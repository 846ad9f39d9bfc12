import type { IJob, IJobSpec } from 'kubernetes-models/batch/v1';
import type { INamespace } from 'kubernetes-models/v1';
import { coordinatorJob, coordinatorService } from './coordinator.ts';
import { disruptionBudgets } from './disruption.ts';
import { jobSet } from './jobset.ts';
import { type Component, metadataOf } from './names.ts';
import { networkPolicies } from './network.ts';
import { monitoringObjects } from './monitoring.ts';
import type { KubernetesObject } from './object.ts';
import type { Plan } from './plan.ts';
import { queueLabel } from './queue.ts';
import { claims, configMap } from './storage.ts';
import { workersJob, workersService } from './workers.ts';

/** Everything that a run needs in a cluster, but for the Secret, in the order in which it is to be made; or more workers for it. */
export function objectsOf(plan: Plan): readonly KubernetesObject[] {
  const isSet = plan.kind === 'jobset';
  if (plan.add !== null) return [job(plan, plan.add, 'workers', workersJob(plan))];
  return [
    ...namespaces(plan),
    configMap(plan),
    ...claims(plan),
    ...networkPolicies(plan),
    ...disruptionBudgets(plan),
    coordinatorService(plan),
    ...(isSet ? [] : [workersService(plan)]),
    ...(isSet
      ? [jobSet(plan)]
      : [
          job(plan, 'coordinator', 'coordinator', coordinatorJob(plan)),
          job(plan, 'workers', 'workers', workersJob(plan)),
        ]),
    ...(plan.monitoring ? monitoringObjects(plan) : []),
  ];
}

/** The namespace that everybody has is nobody's to change. */
function namespaces({ namespace }: Plan): readonly INamespace[] {
  if (namespace === 'default') return [];
  const levels = ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']);
  return [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: Object.fromEntries(levels) } }];
}

function job(plan: Plan, part: string, component: Component, spec: IJobSpec): IJob {
  const metadata = metadataOf(plan, part, component);
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { ...metadata, labels: { ...metadata.labels, ...queueLabel(plan) } },
    spec: { ...(plan.queue === null ? {} : { suspend: true }), ...spec },
  };
}
