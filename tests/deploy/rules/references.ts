import type { IContainer, IProbe } from 'kubernetes-models/v1';
import type { KubernetesObject } from '../../../src/cli/manifest/object.ts';
import { containersIn, ofKind, podsIn, type PodTemplate, selects } from '../parts.ts';

/** What is somebody else's to make: the Secret, by whoever applies. */
export interface Outside {
  readonly secrets: readonly string[];
}

/** Names that lead nowhere: the API server takes them all, and the pods wait for ever. */
export function referenceRules(objects: readonly KubernetesObject[], outside: Outside): readonly string[] {
  return [
    ...twice(objects),
    ...namespaces(objects),
    ...podsIn(objects).flatMap((pod) => volumes(pod, objects, outside)),
    ...containersIn(objects).flatMap(({ where, container, pod }) => [
      ...mounts(where, container, pod, objects),
      ...environment(where, container, outside),
      ...ports(where, container),
    ]),
    ...services(objects),
    ...podMonitors(objects),
    ...networkPolicies(objects),
    ...budgets(objects),
  ];
}

function nameOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata?.name}`;
}

function repeated(names: readonly string[]): readonly string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}

function twice(objects: readonly KubernetesObject[]): readonly string[] {
  return repeated(objects.map(nameOf)).map((name) => `${name} is there twice`);
}

const CLUSTER_WIDE = ['Namespace', 'ClusterQueue', 'ResourceFlavor'];

function namespaces(objects: readonly KubernetesObject[]): readonly string[] {
  const there = ofKind(objects, 'Namespace').map(({ metadata }) => metadata?.name);
  return objects.flatMap((object) => {
    const namespace = object.metadata?.namespace;
    if (CLUSTER_WIDE.includes(object.kind))
      return namespace === undefined ? [] : [`${nameOf(object)} has no namespace`];
    if (namespace === undefined) return [`${nameOf(object)} says no namespace`];
    return there.includes(namespace) ? [] : [`${nameOf(object)} is in a namespace ${namespace} that is not there`];
  });
}

function volumes(
  { of, spec }: PodTemplate,
  objects: readonly KubernetesObject[],
  { secrets }: Outside,
): readonly string[] {
  const exists = (kind: string, name: string | undefined): boolean =>
    objects.some((object) => object.kind === kind && object.metadata?.name === name);
  const mounted = [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map(({ name }) => name),
  );
  return (spec.volumes ?? []).flatMap(({ name, configMap, persistentVolumeClaim, secret }) => [
    ...(mounted.includes(name) ? [] : [`${of}: volume ${name} is mounted nowhere`]),
    ...(configMap === undefined || exists('ConfigMap', configMap.name)
      ? []
      : [`${of}: volume ${name} is of a ConfigMap ${configMap.name} that is not there`]),
    ...(persistentVolumeClaim === undefined || exists('PersistentVolumeClaim', persistentVolumeClaim.claimName)
      ? []
      : [`${of}: volume ${name} is of a claim ${persistentVolumeClaim.claimName} that is not there`]),
    ...(secret === undefined || secrets.includes(secret.secretName ?? '')
      ? []
      : [`${of}: volume ${name} is of a Secret ${secret.secretName} that nobody makes`]),
  ]);
}

function mounts(
  where: string,
  { volumeMounts = [], args = [] }: IContainer,
  { spec }: PodTemplate,
  objects: readonly KubernetesObject[],
): readonly string[] {
  const known = spec.volumes ?? [];
  const files = args.map((argument) => /^--[\w-]+=(\/.*)$/.exec(argument)?.[1]).filter((path) => path !== undefined);
  return [
    ...repeated(volumeMounts.map(({ mountPath }) => mountPath)).map(
      (path) => `${where}: two volumes are mounted at ${path}`,
    ),
    ...volumeMounts.flatMap(({ name, mountPath }) => {
      const volume = known.find((one) => one.name === name);
      if (volume === undefined) return [`${where}: it mounts a volume ${name} that is not there`];
      const map = ofKind(objects, 'ConfigMap').find((one) => one.metadata?.name === volume.configMap?.name);
      if (volume.configMap === undefined || map === undefined) return [];
      return files
        .filter(
          (path) => path.startsWith(`${mountPath}/`) && map.data?.[path.slice(mountPath.length + 1)] === undefined,
        )
        .map((path) => `${where}: ${path} is no key of ConfigMap ${map.metadata?.name}`);
    }),
    ...files
      .filter((path) => !volumeMounts.some(({ mountPath }) => path.startsWith(`${mountPath}/`)))
      .map((path) => `${where}: ${path} is in no volume`),
  ];
}

function environment(where: string, { env = [], args = [] }: IContainer, { secrets }: Outside): readonly string[] {
  const names = env.map(({ name }) => name);
  // A Job gives its index by itself.
  const used = args.flatMap((argument) => [...argument.matchAll(/\$\((\w+)\)/g)].map(([, name = '']) => name));
  return [
    ...repeated(names).map((name) => `${where}: ${name} is set twice`),
    ...used
      .filter((name) => !names.includes(name) && name !== ['JOB', 'COMPLETION', 'INDEX'].join('_'))
      .map((name) => `${where}: $(${name}) stands for nothing`),
    ...env
      .map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)
      .filter((name) => name !== undefined && !secrets.includes(name))
      .map((name) => `${where}: it wants a Secret ${name} that nobody makes`),
  ];
}

function ports(where: string, { ports: open = [], ...container }: IContainer): readonly string[] {
  const { startupProbe, livenessProbe, readinessProbe } = container;
  const probes: readonly (readonly [string, IProbe | undefined])[] = [
    ['startupProbe', startupProbe],
    ['livenessProbe', livenessProbe],
    ['readinessProbe', readinessProbe],
  ];
  const names = open.flatMap(({ name }) => name ?? []);
  return [
    ...open
      .filter(({ containerPort }) => !isPort(containerPort))
      .map(({ containerPort }) => `${where}: there is no port ${containerPort}`),
    ...names
      .filter((name) => !/^[a-z0-9-]{1,15}$/.test(name) || !/[a-z]/.test(name))
      .map((name) => `${where}: ${name} is no name of a port`),
    ...repeated([...names, ...open.map(({ containerPort }) => String(containerPort))]).map(
      (name) => `${where}: port ${name} is there twice`,
    ),
    ...probes.flatMap(([probe, given]) => {
      const port = given?.httpGet?.port ?? given?.tcpSocket?.port;
      if (port === undefined) return [];
      const known = typeof port === 'string' ? names.includes(port) : isPort(port);
      return known ? [] : [`${where}: ${probe} asks at a port ${port} that is not open`];
    }),
  ];
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function services(objects: readonly KubernetesObject[]): readonly string[] {
  const all = ofKind(objects, 'Service');
  const wrong = all.flatMap(({ metadata, spec }) => {
    const chosen = podsIn(objects).filter(({ labels }) => selects(spec?.selector, labels));
    if (chosen.length === 0) return [`Service ${metadata?.name} selects no pod`];
    return (spec?.ports ?? []).flatMap(({ port, targetPort = port }) => {
      const open = chosen.flatMap((pod) => pod.spec.containers.flatMap(({ ports: list = [] }) => list));
      const known = open.some(({ name, containerPort }) => targetPort === name || targetPort === containerPort);
      return [
        ...(isPort(port) ? [] : [`Service ${metadata?.name}: there is no port ${port}`]),
        ...(known ? [] : [`Service ${metadata?.name}: port ${targetPort} is open in no pod`]),
        ...(spec?.publishNotReadyAddresses === true ? [] : [`Service ${metadata?.name}: waits for a probe`]),
      ];
    });
  });
  const headless = all.filter(({ spec }) => spec?.clusterIP === 'None').map(({ metadata }) => metadata?.name);
  const lost = podsIn(objects)
    .filter(({ spec: { subdomain } }) => subdomain !== undefined && !headless.includes(subdomain))
    .map(({ of, spec }) => `${of}: subdomain ${spec.subdomain} is no headless Service`);
  return [...wrong, ...lost];
}

function podMonitors(objects: readonly KubernetesObject[]): readonly string[] {
  return ofKind(objects, 'PodMonitor').flatMap(({ metadata, spec }) => {
    const name = `PodMonitor ${metadata?.name}`;
    const chosen = podsIn(objects).filter(({ labels }) => selects(spec.selector.matchLabels, labels));
    if (chosen.length === 0) return [`${name} selects no pod`];
    return spec.podMetricsEndpoints.flatMap((endpoint) =>
      chosen
        .filter(
          (pod) => !pod.spec.containers.some(({ ports: open = [] }) => open.some((one) => one.name === endpoint.port)),
        )
        .map(({ of }) => `${name}: ${of} has no port called ${endpoint.port}`),
    );
  });
}

function networkPolicies(objects: readonly KubernetesObject[]): readonly string[] {
  const labels = podsIn(objects).map((pod) => pod.labels);
  return ofKind(objects, 'NetworkPolicy').flatMap(({ metadata, spec }) => {
    const name = `NetworkPolicy ${metadata?.name}`;
    const { podSelector, ingress = [], egress = [] } = spec ?? { podSelector: {} };
    const peers = [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)];
    const rules = [...ingress, ...egress].flatMap(({ ports: list = [] }) => list);
    return [
      ...(labels.some((each) => selects(podSelector?.matchLabels, each)) ? [] : [`${name} selects no pod`]),
      ...peers
        // Pods of other namespaces are not ours to know.
        .filter((peer) => peer.namespaceSelector === undefined && peer.podSelector !== undefined)
        .filter((peer) => !labels.some((each) => selects(peer.podSelector?.matchLabels, each)))
        .map((peer) => `${name} lets in or out nobody: ${JSON.stringify(peer.podSelector?.matchLabels)}`),
      ...[...ingress, ...egress]
        .filter((rule) => Object.keys(rule).length === 0)
        .map(() => `${name} lets everybody through`),
      ...rules
        .filter(({ port }) => typeof port === 'number' && !isPort(port))
        .map(({ port }) => `${name}: there is no port ${port}`),
    ];
  });
}

function budgets(objects: readonly KubernetesObject[]): readonly string[] {
  return ofKind(objects, 'PodDisruptionBudget').flatMap(({ metadata, spec }) => {
    const name = `PodDisruptionBudget ${metadata?.name}`;
    const chosen = podsIn(objects).filter(({ labels }) => selects(spec?.selector?.matchLabels, labels));
    const count = chosen.reduce((sum, { job }) => sum + (job?.parallelism ?? 1), 0);
    const { minAvailable, maxUnavailable } = spec ?? {};
    if (chosen.length === 0) return [`${name} selects no pod`];
    // The owner of the pods has no scale: the controller can take a share of nothing.
    if (maxUnavailable !== undefined || typeof minAvailable !== 'number') {
      return [`${name}: for the pods of a Job it can only have a number as minAvailable`];
    }
    return minAvailable < count ? [] : [`${name}: no pod may ever be evicted (${minAvailable} of ${count})`];
  });
}
