import type { IJobSpec } from 'kubernetes-models/batch/v1';
import type { IService } from 'kubernetes-models/v1';
import { failurePolicyOf } from './failures.ts';
import { labelsOf, metadataOf, nameOf } from './names.ts';
import { placementOf } from './placement.ts';
import { anyAddress, type Plan, PORTS } from './plan.ts';
import { tlsOf } from './tls.ts';
import { METRICS, containerOf, environment, podMetadata, podOf, probes, tokenOf } from './pod.ts';

/** The workers: an Indexed Job, whose number may change while it runs as long as completions and parallelism are the same. */
export function workersJob(plan: Plan): IJobSpec {
  const { mounts, volumes } = tlsOf(plan);
  const gpu = plan.gpus === 0 ? {} : { 'nvidia.com/gpu': String(plan.gpus) };
  const resources = { cpu: plan.cpus, memory: plan.memory, ...gpu };
  return {
    completions: plan.workers,
    parallelism: plan.workers,
    completionMode: 'Indexed',
    backoffLimitPerIndex: 5,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: failurePolicyOf('workers'),
    template: {
      metadata: podMetadata(plan, 'workers'),
      spec: podOf({
        // A JobSet makes the headless Service of its pods, and puts them into it.
        ...(plan.kind === 'jobset' ? {} : { subdomain: nameOf(plan, 'workers') }),
        terminationGracePeriodSeconds: plan.spot ? 20 : 30,
        ...placementOf(plan, 'workers'),
        containers: [
          containerOf({
            name: 'worker',
            image: plan.image,
            args: workerArgs(plan),
            env: environment({
              ...tokenOf(plan),
              GRADSOCKET_NAME: { field: 'metadata.name' },
              POD_IP: { field: 'status.podIP' },
            }),
            ports: [{ name: 'peer', containerPort: PORTS.peer }, METRICS],
            ...probes(120),
            resources: {
              requests: { ...resources, 'ephemeral-storage': '1Gi' },
              limits: { ...resources, 'ephemeral-storage': '5Gi' },
            },
            volumeMounts: [...mounts],
          }),
        ],
        volumes,
      }),
    },
  };
}

function workerArgs(plan: Plan): string[] {
  const { scheme, serve, trust } = tlsOf(plan);
  return [
    'worker',
    `--coordinator=${scheme}://${nameOf(plan, 'coordinator')}:${PORTS.http}`,
    `--listen=[$(POD_IP)]:${PORTS.peer}`,
    `--metrics-listen=${anyAddress(plan)}:${PORTS.metrics}`,
    `--wait=${plan.wait}`,
    // Else it goes by the limit of its pod.
    ...(plan.cacheMemory === null ? [] : [`--cache-memory=${plan.cacheMemory}`]),
    ...serve,
    ...trust,
  ];
}

/** Gives each worker a host name: gradsocket-workers-0.gradsocket-workers. */
export function workersService(plan: Plan): IService {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadataOf(plan, 'workers', 'workers'),
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: labelsOf(plan, 'workers'),
      ports: [{ name: 'peer', port: PORTS.peer, targetPort: 'peer' }],
    },
  };
}
