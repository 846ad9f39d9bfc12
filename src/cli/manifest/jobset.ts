import type { IJobSpec } from 'kubernetes-models/batch/v1';
import { coordinatorJob } from './coordinator.ts';
import { labelsOf } from './names.ts';
import type { Plan } from './plan.ts';
import { queueLabel } from './queue.ts';
import { workersJob } from './workers.ts';

/** The parts of jobset.x-k8s.io/v1alpha2 that are used here. */
export interface JobSet {
  readonly apiVersion: 'jobset.x-k8s.io/v1alpha2';
  readonly kind: 'JobSet';
  readonly metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };
  readonly spec: {
    readonly suspend?: boolean;
    readonly network: { readonly enableDNSHostnames: boolean; readonly publishNotReadyAddresses: boolean };
    readonly successPolicy: { readonly operator: 'All'; readonly targetReplicatedJobs: readonly string[] };
    readonly failurePolicy: {
      readonly maxRestarts: number;
      readonly rules: readonly {
        readonly name: string;
        readonly action: 'FailJobSet';
        readonly onJobFailureReasons: readonly ['PodFailurePolicy'];
      }[];
    };
    readonly replicatedJobs: readonly {
      readonly name: string;
      readonly replicas: number;
      readonly template: { readonly spec: IJobSpec };
    }[];
  };
}

/** Coordinator and workers as one: done with the coordinator, given up for reasons that another start would not mend. */
export function jobSet(plan: Plan): JobSet {
  return {
    apiVersion: 'jobset.x-k8s.io/v1alpha2',
    kind: 'JobSet',
    metadata: { name: plan.name, namespace: plan.namespace, labels: { ...labelsOf(plan), ...queueLabel(plan) } },
    spec: {
      ...(plan.queue === null ? {} : { suspend: true }),
      network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
      successPolicy: { operator: 'All', targetReplicatedJobs: ['coordinator'] },
      failurePolicy: {
        maxRestarts: 3,
        rules: [{ name: 'final', action: 'FailJobSet', onJobFailureReasons: ['PodFailurePolicy'] }],
      },
      replicatedJobs: [
        { name: 'coordinator', replicas: 1, template: { spec: coordinatorJob(plan) } },
        { name: 'workers', replicas: 1, template: { spec: workersJob(plan) } },
      ],
    },
  };
}
