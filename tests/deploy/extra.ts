import type { IPod } from 'kubernetes-models/v1';
import { labelsOf, metadataOf } from '../../src/cli/manifest/names.ts';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import type { Plan } from '../../src/cli/manifest/plan.ts';
import { containerOf, podOf } from '../../src/cli/manifest/pod.ts';

/** What some folders have besides: objects that belong to no run. */
export interface Extra {
  readonly file: string;
  readonly objects: readonly KubernetesObject[];
  /** Whether `kubectl apply -k` takes it along; else it is applied by itself, before. */
  readonly isPart: boolean;
}

const NAMED = { name: 'gradsocket', namespace: 'gradsocket' };
const KUEUE = 'kueue.x-k8s.io/v1beta2';

const localQueue = {
  apiVersion: KUEUE,
  kind: 'LocalQueue',
  metadata: { ...NAMED, labels: labelsOf(NAMED) },
  spec: { clusterQueue: 'gradsocket' },
};

/** What an administrator makes once. */
const resourceFlavor = { apiVersion: KUEUE, kind: 'ResourceFlavor', metadata: { name: 'gradsocket' }, spec: {} };
const clusterQueue = {
  apiVersion: KUEUE,
  kind: 'ClusterQueue',
  metadata: { name: 'gradsocket' },
  spec: {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'gradsocket' } },
    resourceGroups: [
      {
        coveredResources: ['cpu', 'memory', 'ephemeral-storage', 'nvidia.com/gpu'],
        flavors: [
          {
            name: 'gradsocket',
            resources: Object.entries({
              cpu: '32',
              memory: '128Gi',
              'ephemeral-storage': '100Gi',
              'nvidia.com/gpu': '8',
            }).map(([name, nominalQuota]) => ({ name, nominalQuota })),
          },
        ],
      },
    ],
  },
};

/** Sees both volumes, to copy pictures in, which the run itself only reads, and models out. */
function filesPod({ image }: Plan): IPod {
  const { labels, ...metadata } = metadataOf(NAMED, 'files');
  const resources = { cpu: '500m', memory: '2Gi' };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...metadata, labels: { ...labels, 'app.kubernetes.io/component': 'files' } },
    spec: podOf({
      terminationGracePeriodSeconds: 1,
      containers: [
        containerOf({
          name: 'files',
          image,
          command: ['sleep', 'infinity'],
          resources: { requests: resources, limits: resources },
          volumeMounts: [
            { name: 'data', mountPath: '/data' },
            { name: 'runs', mountPath: '/runs' },
          ],
        }),
      ],
      volumes: ['data', 'runs'].map((name) => ({ name, persistentVolumeClaim: { claimName: `gradsocket-${name}` } })),
    }),
  };
}

export function extrasOf(path: string, plan: Plan): readonly Extra[] {
  switch (path) {
    case 'overlays/kueue':
      return [
        { file: 'local-queue.yaml', objects: [localQueue], isPart: true },
        { file: 'cluster-queue.yaml', objects: [resourceFlavor, clusterQueue], isPart: false },
      ];
    case 'examples/cats-and-dogs':
      return [{ file: 'files.yaml', objects: [filesPod(plan)], isPart: false }];
    default:
      return [];
  }
}
