import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { labelsOf } from '../../src/cli/manifest/names.ts';
import { printObject } from '../../src/cli/manifest/print.ts';

/** What some folders have besides: parts that belong to no run. By folder, then file. */

const localQueue = {
  apiVersion: 'kueue.x-k8s.io/v1beta2',
  kind: 'LocalQueue',
  metadata: { name: 'gradsocket', namespace: 'gradsocket', labels: labelsOf({ name: 'gradsocket' }) },
  spec: { clusterQueue: 'gradsocket' },
} satisfies KubernetesObject & { readonly spec: unknown };

export const EXTRA: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['overlays/kueue', new Map([['local-queue.yaml', printObject(localQueue)]])],
]);
