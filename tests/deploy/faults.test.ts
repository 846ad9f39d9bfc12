import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { printObjects } from '../../src/cli/manifest/print.ts';
import { FOLDERS, objectsFor } from './committed.ts';
import { objectionsTo } from './rules.ts';
import { hasTools, MISSING, strictly } from './tools.ts';

/** One mistake after another is put into sound manifests: each is found, and called by its name. */

const OUTSIDE = { secrets: ['gradsocket-token'] };
const scratch = mkdtempSync(join(tmpdir(), 'gradsocket-faults-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Where something stands, in one object: `spec.template.spec.containers.0.ports.0.containerPort`. */
type Fault = readonly [what: string, object: string, path: string, value: unknown, found: RegExp];

const POD = 'spec.template.spec';
const CONTAINER = `${POD}.containers.0`;
const ENDPOINT = 'spec.podMetricsEndpoints.0';
const RULE = 'spec.groups.1.rules.0';
const JOBSET_POD = 'spec.replicatedJobs.1.template.spec.template.spec';

const FAULTS: readonly Fault[] = [
  ['a field that Jobs do not have', 'Job/gradsocket-workers', 'spec.paralelism', 2, /paralelism/],
  ['a field that pods do not have', 'Job/gradsocket-workers', `${POD}.restartpolicy`, 'Never', /restartpolicy/],
  ['a field that containers do not have', 'Job/gradsocket-workers', `${CONTAINER}.argz`, [], /argz/],
  [
    'a word that is none of the allowed ones',
    'Job/gradsocket-workers',
    'spec.completionMode',
    'indexed',
    /completionMode/,
  ],
  ['an action that there is not', 'Job/gradsocket-workers', 'spec.podFailurePolicy.rules.0.action', 'Fail', /action/],
  ['a number as a text', 'Job/gradsocket-workers', 'spec.completions', '2', /completions/],
  ['a unit that there is not', 'Job/gradsocket-workers', `${CONTAINER}.resources.limits.memory`, '2GiB', /2GiB|memory/],
  [
    'a volume of no size',
    'PersistentVolumeClaim/gradsocket-runs',
    'spec.resources.requests.storage',
    '10GiB',
    /storage/,
  ],
  [
    'more requested than allowed',
    'Job/gradsocket-workers',
    `${CONTAINER}.resources.requests.memory`,
    '5Gi',
    /requests of memory exceed/,
  ],
  [
    'more requested in another unit',
    'Job/gradsocket-workers',
    `${CONTAINER}.resources.requests.cpu`,
    '2001m',
    /requests of cpu exceed/,
  ],
  [
    'a GPU that is asked for in vain',
    'Job/gradsocket-workers',
    `${CONTAINER}.resources.requests.nvidia\\.com/gpu`,
    '1',
    /nvidia.com\/gpu differ/,
  ],
  [
    'no limit of memory',
    'Job/gradsocket-workers',
    `${CONTAINER}.resources.limits.memory`,
    undefined,
    /memory has no limit/,
  ],
  [
    'a port that there is not',
    'Job/gradsocket-coordinator',
    `${CONTAINER}.ports.0.containerPort`,
    70_000,
    /no port 70000/,
  ],
  [
    'a port of a Service that there is not',
    'Service/gradsocket-coordinator',
    'spec.ports.0.port',
    70_000,
    /no port 70000/,
  ],
  [
    'a port let in that there is not',
    'NetworkPolicy/gradsocket-workers',
    'spec.ingress.0.ports.0.port',
    70_000,
    /no port 70000/,
  ],
  [
    'a protocol that there is not',
    'NetworkPolicy/gradsocket-workers',
    'spec.ingress.0.ports.0.protocol',
    'HTTP',
    /protocol/,
  ],
  [
    'a Service to a port that is not open',
    'Service/gradsocket-coordinator',
    'spec.ports.0.targetPort',
    'web',
    /port web is open in no pod/,
  ],
  [
    'a probe at a port that is not open',
    'Job/gradsocket-coordinator',
    `${CONTAINER}.livenessProbe.httpGet.port`,
    'web',
    /livenessProbe asks at a port web/,
  ],
  [
    'a policy of starting again that is none for a Job',
    'Job/gradsocket-workers',
    `${POD}.restartPolicy`,
    'Always',
    /restartPolicy Always/,
  ],
  [
    'one that podFailurePolicy does not go with',
    'Job/gradsocket-workers',
    `${POD}.restartPolicy`,
    'OnFailure',
    /wants restartPolicy Never/,
  ],
  [
    'no policy of starting again',
    'Job/gradsocket-workers',
    `${POD}.restartPolicy`,
    undefined,
    /restartPolicy undefined/,
  ],
  [
    'limits by index without indexes',
    'Job/gradsocket-workers',
    'spec.completionMode',
    'NonIndexed',
    /wants completionMode Indexed/,
  ],
  [
    'a number of workers that cannot be scaled',
    'Job/gradsocket-workers',
    'spec.parallelism',
    1,
    /parallelism and completions differ/,
  ],
  [
    'success among the failures',
    'Job/gradsocket-workers',
    'spec.podFailurePolicy.rules.0.onExitCodes.values',
    [0, 64],
    /0 is no failure/,
  ],
  [
    'exit codes in no order',
    'Job/gradsocket-workers',
    'spec.podFailurePolicy.rules.0.onExitCodes.values',
    [65, 64],
    /in rising order/,
  ],
  [
    'an exit code too large',
    'Job/gradsocket-workers',
    'spec.podFailurePolicy.rules.0.onExitCodes.values',
    [300],
    /at most 255/,
  ],
  [
    'a policy for a container that is not there',
    'Job/gradsocket-workers',
    'spec.podFailurePolicy.rules.0.onExitCodes.containerName',
    'wrker',
    /container wrker that is not there/,
  ],
  [
    'pods replaced before they are gone',
    'Job/gradsocket-workers',
    'spec.podReplacementPolicy',
    'TerminatingOrFailed',
    /wants podReplacementPolicy Failed/,
  ],
  [
    'a Service that selects nothing',
    'Service/gradsocket-workers',
    'spec.selector.app\\.kubernetes\\.io/component',
    'worker',
    /Service gradsocket-workers selects no pod/,
  ],
  [
    'a network policy that selects nothing',
    'NetworkPolicy/gradsocket-workers',
    'spec.podSelector.matchLabels.app\\.kubernetes\\.io/instance',
    'other',
    /NetworkPolicy gradsocket-workers selects no pod/,
  ],
  [
    'one that lets in nobody',
    'NetworkPolicy/gradsocket-coordinator',
    'spec.ingress.0.from.0.podSelector.matchLabels.app\\.kubernetes\\.io/component',
    'worker',
    /lets in or out nobody/,
  ],
  [
    'one that lets in everybody',
    'NetworkPolicy/gradsocket-coordinator',
    'spec.ingress.0',
    {},
    /lets everybody through/,
  ],
  [
    'a budget that selects nothing',
    'PodDisruptionBudget/gradsocket-workers',
    'spec.selector.matchLabels.app\\.kubernetes\\.io/name',
    'gs',
    /Budget gradsocket-workers selects no pod/,
  ],
  [
    'a budget that keeps nodes from being emptied',
    'PodDisruptionBudget/gradsocket-workers',
    'spec.minAvailable',
    2,
    /no pod may ever be evicted/,
  ],
  [
    'a budget in per cent',
    'PodDisruptionBudget/gradsocket-workers',
    'spec.minAvailable',
    '50%',
    /can only have a number/,
  ],
  [
    'a key that the ConfigMap has not',
    'ConfigMap/gradsocket-job',
    'data',
    { 'job.yml': 'epochs: 3\n' },
    /job.yaml is no key of ConfigMap/,
  ],
  [
    'a ConfigMap that is not there',
    'Job/gradsocket-coordinator',
    `${POD}.volumes.0.configMap.name`,
    'job',
    /ConfigMap job that is not there/,
  ],
  [
    'a claim that is not there',
    'Job/gradsocket-coordinator',
    `${POD}.volumes.2.persistentVolumeClaim.claimName`,
    'run',
    /claim run that is not there/,
  ],
  [
    'a volume without a mount',
    'Job/gradsocket-coordinator',
    `${CONTAINER}.volumeMounts.1`,
    null,
    /volume data is mounted nowhere/,
  ],
  [
    'a mount without a volume',
    'Job/gradsocket-coordinator',
    `${CONTAINER}.volumeMounts.1.name`,
    'dataset',
    /mounts a volume dataset that is not there/,
  ],
  [
    'a Secret that nobody makes',
    'Job/gradsocket-workers',
    `${CONTAINER}.env.0.valueFrom.secretKeyRef.name`,
    'token',
    /Secret token that nobody makes/,
  ],
  [
    'a volume of a Secret that nobody makes',
    'Job/gradsocket-coordinator',
    `${POD}.volumes.0`,
    { name: 'config', secret: { secretName: 'tls' } },
    /Secret tls that nobody makes/,
  ],
  [
    'a variable that stands for nothing',
    'Job/gradsocket-workers',
    `${CONTAINER}.args.2`,
    '--listen=[$(IP)]:7071',
    /\$\(IP\) stands for nothing/,
  ],
  [
    'a subdomain without a Service',
    'Job/gradsocket-workers',
    `${POD}.subdomain`,
    'workers',
    /subdomain workers is no headless Service/,
  ],
  [
    'another namespace',
    'Service/gradsocket-workers',
    'metadata.namespace',
    'other',
    /namespace other that is not there/,
  ],
  [
    'a coordinator that is found only once a probe has asked it',
    'Service/gradsocket-coordinator',
    'spec.publishNotReadyAddresses',
    false,
    /Service gradsocket-coordinator: waits for a probe/,
  ],
  [
    'a proxy of Istio',
    'Job/gradsocket-workers',
    'spec.template.metadata.labels.sidecar\\.istio\\.io/inject',
    undefined,
    /proxy of a service mesh/,
  ],
  [
    'a proxy of Linkerd',
    'Job/gradsocket-coordinator',
    'spec.template.metadata.annotations.linkerd\\.io/inject',
    undefined,
    /proxy of a service mesh/,
  ],
  ['the user root', 'Job/gradsocket-workers', `${POD}.securityContext.runAsUser`, 0, /runs as root/],
  [
    'no seccomp profile',
    'Job/gradsocket-workers',
    `${POD}.securityContext.seccompProfile`,
    undefined,
    /no seccomp profile/,
  ],
  [
    'capabilities',
    'Job/gradsocket-workers',
    `${CONTAINER}.securityContext.capabilities`,
    undefined,
    /keeps capabilities/,
  ],
  [
    'a file system that can be written to',
    'Job/gradsocket-workers',
    `${CONTAINER}.securityContext.readOnlyRootFilesystem`,
    false,
    /may write to its image/,
  ],
  [
    'a token of the API server',
    'Job/gradsocket-workers',
    `${POD}.automountServiceAccountToken`,
    undefined,
    /token of the API server/,
  ],
  [
    'a folder of the node',
    'Job/gradsocket-workers',
    `${POD}.volumes.0`,
    { name: 'cache', hostPath: { path: '/' } },
    /the standard forbids/,
  ],
  [
    'a flag that the program has not',
    'Job/gradsocket-workers',
    `${CONTAINER}.args.4`,
    '--wiat=600',
    /there is no --wiat/,
  ],
  ['a value that the program refuses', 'Job/gradsocket-workers', `${CONTAINER}.args.4`, '--wait=-1', /--wait -1/],
  ['a flag that is given twice', 'Job/gradsocket-workers', `${CONTAINER}.args.3`, '--wait=60', /--wait is given twice/],
  ['a job that the program refuses', 'ConfigMap/gradsocket-job', 'data', { 'job.yaml': 'epochz: 3\n' }, /unknown key/],
];

const JOBSET_FAULTS: readonly Fault[] = [
  ['a field that JobSets do not have', 'JobSet/gradsocket', 'spec.maxRestarts', 3, /maxRestarts/],
  ['a field in a pod of a JobSet', 'JobSet/gradsocket', `${JOBSET_POD}.hostname_`, 'x', /hostname_/],
  [
    'an action of a JobSet that there is not',
    'JobSet/gradsocket',
    'spec.failurePolicy.rules.0.action',
    'Fail',
    /action/,
  ],
  [
    'a reason that there is not',
    'JobSet/gradsocket',
    'spec.failurePolicy.rules.0.onJobFailureReasons',
    ['Failed'],
    /reason Failed/,
  ],
  [
    'success of a Job that is not there',
    'JobSet/gradsocket',
    'spec.successPolicy.targetReplicatedJobs',
    ['leader'],
    /replicated Job leader/,
  ],
  ['a number as a text', 'JobSet/gradsocket', 'spec.replicatedJobs.1.replicas', '1', /replicas/],
  [
    'more requested than allowed',
    'JobSet/gradsocket',
    `${JOBSET_POD}.containers.0.resources.requests.memory`,
    '5Gi',
    /exceed/,
  ],
  ['another version of JobSet', 'JobSet/gradsocket', 'apiVersion', 'jobset.x-k8s.io/v1alpha1', /no JobSet of/],
];

const MONITORING_FAULTS: readonly Fault[] = [
  [
    'a field that PodMonitors do not have',
    'PodMonitor/gradsocket-workers',
    'spec.podMetricEndpoints',
    [],
    /podMetricEnd/,
  ],
  ['an interval that is none', 'PodMonitor/gradsocket-workers', `${ENDPOINT}.interval`, '15 s', /interval: must match/],
  [
    'a port that no pod has',
    'PodMonitor/gradsocket-workers',
    `${ENDPOINT}.port`,
    'prometheus',
    /no port called prometheus/,
  ],
  [
    'a selector of no pod',
    'PodMonitor/gradsocket-workers',
    'spec.selector.matchLabels.app\\.kubernetes\\.io/component',
    'worker',
    /PodMonitor gradsocket-workers selects no pod/,
  ],
  ['a field that rules do not have', 'PrometheusRule/gradsocket', `${RULE}.summary`, 'x', /summary/],
  ['a rule without an expression', 'PrometheusRule/gradsocket', `${RULE}.expr`, undefined, /expr/],
  [
    'another version of the operator',
    'PodMonitor/gradsocket-workers',
    'apiVersion',
    'monitoring.coreos.com/v2',
    /no PodMonitor of/,
  ],
];

/** What kubernetes-validate alone finds: fields of kinds that no schema is at hand for here. */
const STRICT_FAULTS: readonly Fault[] = [
  ['a field that Services do not have', 'Service/gradsocket-workers', 'spec.publishNotReady', true, /publishNotReady/],
  ['a field that network policies do not have', 'NetworkPolicy/gradsocket-workers', 'spec.ingres', [], /ingres/],
  ['a field that claims do not have', 'PersistentVolumeClaim/gradsocket-runs', 'spec.size', '1Gi', /size/],
];

function folder(path: string): readonly KubernetesObject[] {
  const found = FOLDERS.find((one) => one.path === path);
  if (found === undefined) throw new Error(`there is no deploy/${path}`);
  return objectsFor(found);
}

/** `undefined` takes a field away, `null` an item of a list. A dot in a name has a backslash before it. */
function broken(objects: readonly KubernetesObject[], [, object, path, value]: Fault): readonly KubernetesObject[] {
  return objects.map((one) => {
    if (`${one.kind}/${one.metadata?.name}` !== object) return one;
    const document = parseDocument(JSON.stringify(one));
    const steps = path
      .split(/(?<!\\)\./)
      .map((step) => (/^\d+$/.test(step) ? Number(step) : step.replaceAll('\\.', '.')));
    const isThere = document.hasIn(steps.slice(0, -1));
    if (!isThere) throw new Error(`${object} has no ${path}`);
    if (value === undefined || value === null) document.deleteIn(steps);
    else document.setIn(steps, document.createNode(value));
    return document.toJS() as KubernetesObject;
  });
}

it.each(FAULTS)('finds %s', (...fault) => {
  expect(objectionsTo(broken(folder('base'), fault), OUTSIDE).join('\n')).toMatch(fault[4]);
});

it.each(JOBSET_FAULTS)('finds %s in a JobSet', (...fault) => {
  expect(objectionsTo(broken(folder('overlays/jobset'), fault), OUTSIDE).join('\n')).toMatch(fault[4]);
});

it.each(MONITORING_FAULTS)('finds %s in what is monitored', (...fault) => {
  const watched = objectsFor({ flags: { monitoring: true } });
  expect(objectionsTo(broken(watched, fault), OUTSIDE).join('\n')).toMatch(fault[4]);
});

it.for(STRICT_FAULTS)('finds %s, strictly', (fault, { skip }) => {
  if (!hasTools) skip(MISSING);
  const file = join(scratch, 'fault.yaml');
  writeFileSync(file, printObjects(broken(folder('base'), fault)));
  expect(strictly([file], '1.37')).toMatch(fault[4]);
});
