import type { Plan } from './plan.ts';

export type Component = 'coordinator' | 'workers';

type Named = Pick<Plan, 'name' | 'namespace'>;

/** `gradsocket-workers`: the name of an object of this run. */
export function nameOf({ name }: Pick<Plan, 'name'>, part: string): string {
  return `${name}-${part}`;
}

/** The recommended labels. They select pods, so none of them may change while a run lives: no version among them. */
export function labelsOf({ name }: Pick<Plan, 'name'>, component?: Component): Record<string, string> {
  return {
    'app.kubernetes.io/name': 'gradsocket',
    'app.kubernetes.io/instance': name,
    ...(component === undefined ? {} : { 'app.kubernetes.io/component': component }),
  };
}

export function metadataOf(
  plan: Named,
  part: string,
  component?: Component,
): { name: string; namespace: string; labels: Record<string, string> } {
  return { name: nameOf(plan, part), namespace: plan.namespace, labels: labelsOf(plan, component) };
}
