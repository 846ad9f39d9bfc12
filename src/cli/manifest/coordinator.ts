import type { IJobSpec } from 'kubernetes-models/batch/v1';
import type { IPersistentVolumeClaimVolumeSource, IService } from 'kubernetes-models/v1';
import { failurePolicyOf } from './failures.ts';
import { labelsOf, metadataOf, nameOf } from './names.ts';
import { placementOf } from './placement.ts';
import { anyAddress, MOUNTS, type Plan, PORTS } from './plan.ts';
import { tlsOf } from './tls.ts';
import { METRICS, containerOf, environment, podMetadata, podOf, probes, tokenOf } from './pod.ts';

/**
 * The coordinator: an Indexed Job of one. Indexed, because its pod then has the same host name after every start, which is how
 * the next one knows the lock that a killed one left in the folder of the run.
 */
export function coordinatorJob(plan: Plan): IJobSpec {
  const { mounts, volumes } = tlsOf(plan);
  return {
    completions: 1,
    parallelism: 1,
    completionMode: 'Indexed',
    backoffLimit: 10,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: failurePolicyOf('coordinator'),
    template: {
      metadata: podMetadata(plan, 'coordinator'),
      spec: podOf({
        terminationGracePeriodSeconds: 60,
        ...placementOf(plan, 'coordinator'),
        containers: [
          containerOf({
            name: 'coordinator',
            image: plan.image,
            args: coordinatorArgs(plan),
            env: environment({
              ...tokenOf(plan),
              GRADSOCKET_VIEW_TOKEN: { secret: plan.tokenSecret, key: 'view-token', optional: true },
            }),
            ports: [{ name: 'http', containerPort: PORTS.http }, METRICS],
            ...probes(300),
            resources: {
              requests: { cpu: plan.coordinatorCpus, memory: plan.coordinatorMemory, 'ephemeral-storage': '1Gi' },
              limits: { cpu: plan.coordinatorCpus, memory: plan.coordinatorMemory, 'ephemeral-storage': '5Gi' },
            },
            volumeMounts: [
              { name: 'config', mountPath: MOUNTS.config, readOnly: true },
              { name: 'data', mountPath: MOUNTS.data, readOnly: true },
              { name: 'runs', mountPath: MOUNTS.runs },
              ...mounts,
            ],
          }),
        ],
        volumes: [
          { name: 'config', configMap: { name: nameOf(plan, 'job') } },
          { name: 'data', persistentVolumeClaim: dataClaim(plan) },
          { name: 'runs', persistentVolumeClaim: { claimName: plan.runsClaim ?? nameOf(plan, 'runs') } },
          ...volumes,
        ],
      }),
    },
  };
}

/**
 * What was filled before is attached read-only, which lets several runs have it. A new volume is not: one that was never written
 * to has no file system yet, and read-only none can be made. The container has it read-only in any case.
 */
function dataClaim(plan: Plan): IPersistentVolumeClaimVolumeSource {
  return plan.dataClaim === null ? { claimName: nameOf(plan, 'data') } : { claimName: plan.dataClaim, readOnly: true };
}

function coordinatorArgs(plan: Plan): string[] {
  const { name, workers, minWorkers, maxWorkers } = plan;
  return [
    'coordinator',
    `--listen=${anyAddress(plan)}:${PORTS.http}`,
    `--metrics-listen=${anyAddress(plan)}:${PORTS.metrics}`,
    // The last figures of a run are worth a scrape.
    '--linger=60',
    `--config=${MOUNTS.config}/job.yaml`,
    `--run-dir=${MOUNTS.runs}/${name}`,
    '--resume=auto',
    `--workers=${workers}`,
    `--min-workers=${minWorkers}`,
    `--max-workers=${maxWorkers}`,
    ...tlsOf(plan).serve,
  ];
}

/** An address that stays while pods come and go. */
export function coordinatorService(plan: Plan): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(plan, 'coordinator', 'coordinator'),
    spec: {
      publishNotReadyAddresses: true,
      selector: labelsOf(plan, 'coordinator'),
      ports: [{ name: 'http', port: PORTS.http, targetPort: 'http' }],
    },
  };
}
