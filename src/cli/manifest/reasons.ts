/**
 * Why a value is as it is, by where it stands: the comments of the manifests, and the table of docs/kubernetes.md. Items of a list
 * share the place of the list.
 */
export const REASONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Namespace: {
    'metadata.labels.pod-security.kubernetes.io/enforce': 'Pods that want more rights than these are refused here.',
  },
  ConfigMap: {
    'data.job.yaml':
      'What is trained, and how: every setting of docs/flags.md may stand here. Once a run has begun, only what a run may change takes effect: epochs, steps, the learning rate and its schedule.',
  },
  PersistentVolumeClaim: {
    'spec.accessModes': 'One pod at a time has it, the coordinator. Workers get their samples from there.',
  },
  NetworkPolicy: {
    'spec.ingress':
      'Peers, and Prometheus; nobody else. Probes come from the node and are let in by every network plugin.',
    'spec.egress': 'Peers, and the name servers (5353: OpenShift; 169.254.20.10: the cache on the node).',
  },
  PodDisruptionBudget: {
    'spec.minAvailable':
      'Nodes are emptied one worker at a time, so that those left can heal the next. A number, as Jobs have no scale to take a share of: keep it one below the number of workers.',
    'spec.unhealthyPodEvictionPolicy':
      'A worker that is not ready, maybe never will be, does not keep a node from being emptied.',
  },
  PodMonitor: {
    'spec.selector': 'Pods, not Services: a scrape must reach each of them. Of all runs of the namespace.',
    'spec.podMetricsEndpoints.filterRunning': 'A pod that has ended does not answer, which is no fault.',
    'spec.podMetricsEndpoints.relabelings': 'The alerts and the dashboard go by these names of jobs.',
  },
  Service: {
    'spec.clusterIP':
      'Headless: it only gives each worker a host name, such as gradsocket-workers-0.gradsocket-workers.',
    'spec.publishNotReadyAddresses':
      'Reached before it is ready: a worker has its host name, and a coordinator that is started again is found by its workers as soon as it listens, not when the next probe says so. Until then they are refused, and try again within 2 s.',
  },
  Job: {
    'spec.suspend': 'Kueue lets it begin once there is room.',
    'spec.completions':
      'To scale while it runs, change both numbers together: kubectl scale cannot, kubectl patch can.',
    'spec.completionMode':
      'Indexed: a pod has the same host name after every start. By it a coordinator knows the lock of the one before.',
    'spec.backoffLimit': 'So many failures that count, then it is given up.',
    'spec.backoffLimitPerIndex':
      'The same for each worker by itself: one bad node does not end the work of the others.',
    'spec.podReplacementPolicy': 'The next one starts when the last one is gone: two must not lead the same run.',
    'spec.podFailurePolicy':
      'Exit codes: 64, 65, 76 and 78 would come again, so the Job ends; so would 69 (no engine), which of a worker ends that one alone; an eviction, and 130 or 143 (asked to stop), do not count; all others do.',
    'spec.template.metadata.labels.sidecar.istio.io/inject':
      'No proxy of a service mesh beside it: that would not end when it ends, so that the Job would never be done, and every gradient would go through two of them. For encryption there is --tls-secret.',
    'spec.template.metadata.annotations.linkerd.io/inject': 'The same.',
    'spec.template.spec.restartPolicy': 'The Job starts a new pod instead: only then are exit codes looked at.',
    'spec.template.spec.automountServiceAccountToken': 'It asks nothing of the API server.',
    'spec.template.spec.enableServiceLinks': 'No GRADSOCKET_..._PORT=tcp://... for each Service in the namespace.',
    'spec.template.spec.securityContext.runAsUser':
      'Any number will do, of a user without a name too; fsGroup lets it write to the volume.',
    'spec.template.spec.terminationGracePeriodSeconds':
      'The coordinator writes the checkpoint of the running step, 20 s at most; a worker ends its running step.',
    'spec.template.spec.affinity': 'Labels of nodes that may be taken away: GKE, AKS, EKS, Karpenter.',
    'spec.template.spec.tolerations': 'Nodes of this kind refuse all pods that do not say that they may run there.',
    'spec.template.spec.containers.args': 'The same for the first start and every one after it.',
    'spec.template.spec.containers.startupProbe': 'Until it answers for the first time, the other probes do not count.',
    'spec.template.spec.containers.livenessProbe':
      'No answer for a minute: it is started anew. The others train on meanwhile.',
    'spec.template.spec.containers.readinessProbe':
      'Ready: a coordinator that takes workers, a worker that can train (it counts for the budget of disruptions).',
    'spec.template.spec.containers.resources':
      'Requests and limits are the same: the pod is the last to be evicted, and its pace is steady. A step is as fast as its slowest worker.',
    'spec.template.spec.containers.securityContext.readOnlyRootFilesystem':
      'It writes below /cache (what it finds out about a dataset), /tmp and /runs alone.',
  },
  JobSet: {
    'spec.suspend': 'Kueue lets it begin once there is room for all of it.',
    'spec.network': 'A headless Service with the name of the JobSet: each pod has a host name.',
    'spec.successPolicy': 'Done when the coordinator is.',
    'spec.failurePolicy':
      'Failures that another start would not mend (see podFailurePolicy) end it at once; after any other, all start again and go on from the newest checkpoint.',
  },
};

const TEMPLATE = 'spec.replicatedJobs.template.';

/** null where a value needs no reason. */
export function reasonFor(kind: string, path: readonly string[]): string | null {
  const place = path.join('.');
  // The Jobs in a JobSet are Jobs.
  if (kind === 'JobSet' && place.startsWith(TEMPLATE)) return REASONS['Job']?.[place.slice(TEMPLATE.length)] ?? null;
  return REASONS[kind]?.[place] ?? null;
}
