import type { IJob, IJobSpec } from 'kubernetes-models/batch/v1';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1';
import type { IConfigMap, IContainer, INamespace, IPod, IPodSpec, IService } from 'kubernetes-models/v1';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import type { JobSet } from '../../src/cli/manifest/jobset.ts';
import type { PodMonitor } from '../../src/cli/manifest/monitoring.ts';

interface Kinds {
  readonly ConfigMap: IConfigMap;
  readonly Job: IJob;
  readonly JobSet: JobSet;
  readonly Namespace: INamespace;
  readonly NetworkPolicy: INetworkPolicy;
  readonly Pod: IPod;
  readonly PodDisruptionBudget: IPodDisruptionBudget;
  readonly PodMonitor: PodMonitor;
  readonly Service: IService;
}

/** Whether Kubernetes knows its kind only where somebody has brought it: JobSet, Kueue, the Prometheus operator. */
export function isCustom({ apiVersion }: KubernetesObject): boolean {
  return /(\.x-k8s\.io|^monitoring\.coreos\.com)\//.test(apiVersion);
}

/** The objects of one kind. They are taken for what they say they are: to find out otherwise is for the schemas. */
export function ofKind<K extends keyof Kinds>(objects: readonly KubernetesObject[], kind: K): readonly Kinds[K][] {
  return objects.filter((object) => object.kind === kind) as unknown as readonly Kinds[K][];
}

/** All Jobs, those in JobSets as well. */
export function jobsIn(objects: readonly KubernetesObject[]): readonly IJob[] {
  const inner = ofKind(objects, 'JobSet').flatMap(({ metadata, spec }) =>
    spec.replicatedJobs.map(
      ({ name, template }): IJob => ({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: `${metadata.name}-${name}-0`, namespace: metadata.namespace },
        spec: template.spec,
      }),
    ),
  );
  return [...ofKind(objects, 'Job'), ...inner];
}

export interface PodTemplate {
  /** Of whom: `Job gradsocket-workers`. */
  readonly of: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: IPodSpec;
  readonly job: IJobSpec | null;
}

export function podsIn(objects: readonly KubernetesObject[]): readonly PodTemplate[] {
  const ofJobs = jobsIn(objects).map(
    ({ metadata, spec }): PodTemplate => ({
      of: `Job ${metadata?.name}`,
      namespace: metadata?.namespace ?? '',
      labels: spec?.template.metadata?.labels ?? {},
      spec: spec?.template.spec ?? { containers: [] },
      job: spec ?? null,
    }),
  );
  const alone = ofKind(objects, 'Pod').map(
    ({ metadata, spec }): PodTemplate => ({
      of: `Pod ${metadata?.name}`,
      namespace: metadata?.namespace ?? '',
      labels: metadata?.labels ?? {},
      spec: spec ?? { containers: [] },
      job: null,
    }),
  );
  return [...ofJobs, ...alone];
}

export interface ContainerIn {
  /** `Job gradsocket-workers, container worker` */
  readonly where: string;
  readonly pod: PodTemplate;
  readonly container: IContainer;
}

export function containersIn(objects: readonly KubernetesObject[]): readonly ContainerIn[] {
  return podsIn(objects).flatMap((pod) =>
    [...(pod.spec.initContainers ?? []), ...pod.spec.containers].map((container) => ({
      where: `${pod.of}, container ${container.name}`,
      pod,
      container,
    })),
  );
}

/** Whether labels have all that a selector asks for. An empty selector takes everything; none is a mistake here. */
export function selects(
  selector: Readonly<Record<string, string>> | undefined,
  labels: Readonly<Record<string, string>>,
): boolean {
  return selector !== undefined && Object.entries(selector).every(([key, value]) => labels[key] === value);
}
