import { Job } from 'kubernetes-models/batch/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Namespace, PersistentVolumeClaim, Pod, Service } from 'kubernetes-models/v1';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { isCustom, jobsIn } from './parts.ts';

const MODELS = { Job, NetworkPolicy, PodDisruptionBudget, ConfigMap, Namespace, PersistentVolumeClaim, Pod, Service };

/** What kubernetes-models has against objects of Kubernetes's own kinds. */
export function modelObjections(objects: readonly KubernetesObject[]): readonly string[] {
  const own = objects.filter((object) => object.kind !== 'Job' && !isCustom(object));
  return [...own, ...(jobsIn(objects) as readonly KubernetesObject[])].flatMap((object) => {
    const model = MODELS[object.kind as keyof typeof MODELS];
    if (model === undefined) return [`there is no kind ${object.kind}`];
    if (model.apiVersion !== object.apiVersion) return [`${object.kind} is not of ${object.apiVersion}`];
    try {
      new model(object).validate();
      return [];
    } catch (error) {
      return [`${object.kind} ${object.metadata?.name}: ${String(error)}`];
    }
  });
}
