import type {
  IContainer,
  IContainerPort,
  IEnvVar,
  IPodSpec,
  IPodTemplateSpec,
  IVolume,
  IVolumeMount,
} from 'kubernetes-models/v1';
import { type Component, labelsOf } from './names.ts';
import { MOUNTS, type Plan, PORTS } from './plan.ts';

/** What the containers of coordinator and workers have in common. */

/** The user that the images run as. It needs no name there. */
const USER = 1000;

/** Istio goes by a label, Linkerd by an annotation. */
export function podMetadata(plan: Plan, component: Component): NonNullable<IPodTemplateSpec['metadata']> {
  return {
    labels: { ...labelsOf(plan, component), 'sidecar.istio.io/inject': 'false' },
    annotations: { 'linkerd.io/inject': 'disabled' },
  };
}

/** Where a value of the environment comes from. */
export type From =
  | { readonly secret: string; readonly key: string; readonly optional?: true }
  | { readonly field: string }
  | string;

export function environment(values: Readonly<Record<string, From>>): IEnvVar[] {
  return Object.entries(values).map(([name, from]) => {
    if (typeof from === 'string') return { name, value: from };
    if ('field' in from) return { name, valueFrom: { fieldRef: { fieldPath: from.field } } };
    const { secret, ...key } = from;
    return { name, valueFrom: { secretKeyRef: { name: secret, ...key } } };
  });
}

export function tokenOf({ tokenSecret }: Plan): Readonly<Record<string, From>> {
  return { GRADSOCKET_TOKEN: { secret: tokenSecret, key: 'token' } };
}

/** Where Prometheus and the kubelet ask. A port of its own, which no stranger at the other one can fill. */
export const METRICS = { name: 'metrics', containerPort: PORTS.metrics } as const satisfies IContainerPort;

/** Whether it lives, and whether it does what it is there for. `startSeconds`: how long it may take to answer at all. */
export function probes(startSeconds: number): Pick<IContainer, 'startupProbe' | 'livenessProbe' | 'readinessProbe'> {
  const ask = (path: string) => ({ httpGet: { path, port: 'metrics' }, timeoutSeconds: 5 });
  return {
    startupProbe: { ...ask('/healthz'), periodSeconds: 5, failureThreshold: startSeconds / 5 },
    livenessProbe: { ...ask('/healthz'), periodSeconds: 10, failureThreshold: 6 },
    readinessProbe: { ...ask('/readyz'), periodSeconds: 5 },
  };
}

/** A container as the restricted pod security standard wants it. */
export function containerOf(container: IContainer & { readonly volumeMounts?: readonly IVolumeMount[] }): IContainer {
  const { volumeMounts = [], ...rest } = container;
  return {
    ...rest,
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [...volumeMounts, { name: 'cache', mountPath: MOUNTS.cache }, { name: 'tmp', mountPath: MOUNTS.tmp }],
  };
}

export function podOf(pod: Omit<IPodSpec, 'volumes'> & { readonly volumes?: readonly IVolume[] }): IPodSpec {
  const { containers, volumes = [], ...rest } = pod;
  return {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: USER,
      runAsGroup: USER,
      fsGroup: USER,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...rest,
    containers,
    volumes: [
      ...volumes,
      { name: 'cache', emptyDir: { sizeLimit: '4Gi' } },
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
    ],
  };
}
