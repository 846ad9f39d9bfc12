import type {
  INetworkPolicy,
  INetworkPolicyEgressRule,
  INetworkPolicyPeer,
} from 'kubernetes-models/networking.k8s.io/v1';
import { type Component, labelsOf, metadataOf } from './names.ts';
import { type Plan, PORTS } from './plan.ts';

/** Who may reach whom. Whatever is not said here is refused; the kubelet's probes come from the node and always get in. */
export function networkPolicies(plan: Plan): readonly INetworkPolicy[] {
  const workers = { podSelector: { matchLabels: labelsOf(plan, 'workers') } };
  const coordinator = { podSelector: { matchLabels: labelsOf(plan, 'coordinator') } };
  const prometheus = {
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': plan.prometheusNamespace } },
    podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
  };
  return [
    policy(
      plan,
      'coordinator',
      [
        [workers, PORTS.http],
        [prometheus, PORTS.metrics],
      ],
      [],
    ),
    policy(
      plan,
      'workers',
      [
        [workers, PORTS.peer],
        [prometheus, PORTS.metrics],
      ],
      [
        [coordinator, PORTS.http],
        [workers, PORTS.peer],
      ],
    ),
  ];
}

type Way = readonly [peer: INetworkPolicyPeer, port: number];

function policy(plan: Plan, component: Component, from: readonly Way[], to: readonly Way[]): INetworkPolicy {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(plan, component, component),
    spec: {
      podSelector: { matchLabels: labelsOf(plan, component) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: from.map(([peer, port]) => ({ from: [peer], ports: [{ protocol: 'TCP' as const, port }] })),
      egress: [...to.map(([peer, port]) => ({ to: [peer], ports: [{ protocol: 'TCP' as const, port }] })), names()],
    },
  };
}

/** To the cluster's name servers: pods of any namespace, or the node's own cache. 5353 is OpenShift's. */
function names(): INetworkPolicyEgressRule {
  return {
    to: [{ namespaceSelector: {} }, { ipBlock: { cidr: '169.254.20.10/32' } }],
    ports: [53, 5353].flatMap((port) => [
      { protocol: 'UDP' as const, port },
      { protocol: 'TCP' as const, port },
    ]),
  };
}
