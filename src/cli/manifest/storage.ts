import type { IConfigMap, IPersistentVolumeClaim } from 'kubernetes-models/v1';
import { writeYaml } from '../../shared/job/write-yaml.ts';
import { metadataOf } from './names.ts';
import type { Plan } from './plan.ts';

/** job.yaml: what is trained, and how. */
export function configMap(plan: Plan): IConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(plan, 'job'),
    data: { 'job.yaml': writeYaml(plan.job) },
  };
}

/** The volumes that are not there yet. */
export function claims(plan: Plan): readonly IPersistentVolumeClaim[] {
  return [
    ...(plan.runsClaim === null ? [claim(plan, 'runs', plan.runsSize)] : []),
    ...(plan.dataClaim === null ? [claim(plan, 'data', plan.dataSize)] : []),
  ];
}

function claim(plan: Plan, part: 'runs' | 'data', storage: string): IPersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: metadataOf(plan, part),
    spec: {
      accessModes: ['ReadWriteOnce'],
      ...(plan.storageClass === null ? {} : { storageClassName: plan.storageClass }),
      resources: { requests: { storage } },
    },
  };
}
