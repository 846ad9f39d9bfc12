import type { IAffinity, INodeSelectorRequirement, IToleration } from 'kubernetes-models/v1';
import type { Component } from './names.ts';
import type { Plan } from './plan.ts';

/** What clouds and Karpenter call nodes that may be taken away, as labels and, mostly, as taints. */
const SPOT: Readonly<Record<string, string>> = {
  'cloud.google.com/gke-spot': 'true',
  'kubernetes.azure.com/scalesetpriority': 'spot',
  'eks.amazonaws.com/capacityType': 'SPOT',
  'karpenter.sh/capacity-type': 'spot',
};

interface Placement {
  readonly affinity?: IAffinity;
  readonly tolerations?: IToleration[];
}

/** On which nodes the pods may run. */
export function placementOf({ gpus, spot }: Plan, component: Component): Placement {
  const tolerations = [
    ...(gpus > 0 && component === 'workers' ? [tolerated('nvidia.com/gpu')] : []),
    ...(spot && component === 'workers' ? Object.entries(SPOT).map(([key, value]) => tolerated(key, value)) : []),
  ];
  return {
    ...(spot ? { affinity: affinityTo(component) } : {}),
    ...(tolerations.length === 0 ? {} : { tolerations }),
  };
}

function tolerated(key: string, value?: string): IToleration {
  if (value === undefined) return { key, operator: 'Exists', effect: 'NoSchedule' };
  return { key, operator: 'Equal', value, effect: 'NoSchedule' };
}

/** Workers where one of the labels is (terms are alternatives), the coordinator where none is (expressions hold all at once). */
function affinityTo(component: Component): IAffinity {
  const expressions = Object.entries(SPOT).map(
    ([key, value]): INodeSelectorRequirement => ({
      key,
      operator: component === 'workers' ? 'In' : 'NotIn',
      values: [value],
    }),
  );
  const nodeSelectorTerms =
    component === 'workers'
      ? expressions.map((expression) => ({ matchExpressions: [expression] }))
      : [{ matchExpressions: expressions }];
  return { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } };
}
