// @ts-check
// The manifests of deploy/ as podman can play them: the Jobs, their ConfigMap, Secret and volumes stay as they are; what the control plane
// would do (one pod for each index, the pod's address, names of Services) is done here.
import { relative } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';

/** Played as they are. The others are the control plane's: names, who may reach whom, what may be evicted. */
const PLAYED = ['ConfigMap', 'Secret', 'PersistentVolumeClaim'];

/** A small run. @param {{ engine: string, epochs: number }} options */
function smallRun({ engine, epochs }) {
  return { data: 'digits', model: 'cnn', batch: 64, epochs, engine, threads: 1, 'checkpoint-every': 50 };
}

/** The Secret that the pods find their certificate in. */
export const TLS_SECRET = 'gradsocket-tls';

/** What `gradsocket manifest` is asked for: three workers that speak to all over TLS. @param {{ engine: string, image: string, epochs: number }} options */
export function tlsFlags({ engine, image, epochs }) {
  const run = Object.entries(smallRun({ engine, epochs })).map(([name, value]) => `--${name}=${value}`);
  return ['--workers=3', '--cpus=1', '--memory=2Gi', `--image=${image}`, `--tls-secret=${TLS_SECRET}`, ...run];
}

/**
 * A folder for `kubectl kustomize`: the overlay of deploy/ for three workers, with an image and a small run.
 * @param {{ folder: string, root: string, engine: string, image: string, epochs: number }} options
 */
export function overlayFor({ folder, root, engine, image, epochs }) {
  const cut = image.lastIndexOf(':');
  const overlay = relative(folder, `${root}/deploy/overlays/cpu`);
  return {
    'kustomization.yaml': stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: [overlay],
      images: [{ name: 'gradsocket', newName: image.slice(0, cut), newTag: image.slice(cut + 1) }],
      patches: [{ path: 'job.yaml' }],
    }),
    'job.yaml': stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'gradsocket-job', namespace: 'gradsocket' },
      data: {
        'job.yaml': stringify(smallRun({ engine, epochs })),
      },
    }),
  };
}

/** @typedef {Record<string, any>} Manifest */

/**
 * @typedef {{
 *   shared: readonly Manifest[],
 *   coordinator: Manifest,
 *   workers: Manifest,
 *   service: string,
 *   left: readonly string[],
 * }} Parts
 */

/**
 * What was rendered, by what is done with it.
 * @param {string} rendered @param {string} token @param {{ key: string, cert: string } | null} [tls] @returns {Parts}
 */
export function parts(rendered, token, tls = null) {
  const all = parseAllDocuments(rendered).map((document) => /** @type {Manifest} */ (document.toJS()));
  const jobs = all.filter(({ kind }) => kind === 'Job');
  const of = (/** @type {string} */ component) => {
    const job = jobs.find(({ metadata }) => metadata.labels['app.kubernetes.io/component'] === component);
    if (job === undefined) throw new Error(`deploy/ has no Job of the ${component}.`);
    return job;
  };
  const coordinator = of('coordinator');
  const labels = coordinator['spec'].template.metadata.labels;
  const service = all.find(
    ({ kind, spec }) =>
      kind === 'Service' && Object.entries(spec.selector).every(([name, value]) => labels[name] === value),
  );
  if (service === undefined) throw new Error('No Service of deploy/ leads to the coordinator.');
  const secret = secretOf(coordinator);
  return {
    shared: [
      ...all.filter(({ kind }) => PLAYED.includes(kind)),
      secretWith(secret.name, { [secret.key]: token }),
      ...(tls === null ? [] : [secretWith(TLS_SECRET, { 'tls.crt': tls.cert, 'tls.key': tls.key })]),
    ],
    coordinator,
    workers: of('workers'),
    service: service['metadata'].name,
    left: [
      ...new Set(all.map(({ kind }) => String(kind)).filter((kind) => kind !== 'Job' && !PLAYED.includes(kind))),
    ].sort(),
  };
}

/** @param {string} name @param {Record<string, string>} stringData @returns {Manifest} */
function secretWith(name, stringData) {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

/** @param {Manifest} job @returns {Manifest} */
function containerOf(job) {
  return job['spec'].template.spec.containers[0];
}

/** Which Secret holds the token. @param {Manifest} job @returns {{ name: string, key: string }} */
function secretOf(job) {
  const found = containerOf(job)['env'].find((/** @type {Manifest} */ { valueFrom }) => valueFrom?.secretKeyRef);
  if (found === undefined) throw new Error('The coordinator of deploy/ takes no token from a Secret.');
  return found.valueFrom.secretKeyRef;
}

/**
 * One pod of a Job, at an address that is known beforehand. podman knows no field of the pod but its name, and would ask probes by a
 * program inside the image: whoever plays this asks them.
 * @param {Manifest} job @param {string} name @param {string} address @returns {Manifest}
 */
export function podOf(job, name, address) {
  const copy = structuredClone(job);
  copy['metadata'] = { name, labels: job['metadata'].labels };
  copy['spec'].completions = 1;
  copy['spec'].parallelism = 1;
  // A kubelet gives files of a Secret to the group of the pod's volumes (fsGroup), podman to root.
  for (const { secret } of copy['spec'].template.spec.volumes ?? [])
    if (secret !== undefined) delete secret.defaultMode;
  const container = containerOf(copy);
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) delete container[probe];
  container['env'] = container['env'].map((/** @type {Manifest} */ variable) =>
    variable['valueFrom']?.fieldRef?.fieldPath === 'status.podIP'
      ? { name: variable['name'], value: address }
      : variable,
  );
  return copy;
}

/** Whether a Job gives up its pod or all of itself at this exit code, rather than start its pod again. @param {Manifest} job @param {number} code */
export function endsTheJob(job, code) {
  const rules = job['spec'].podFailurePolicy?.rules ?? [];
  return rules.some(
    (/** @type {Manifest} */ { action, onExitCodes }) =>
      ['FailJob', 'FailIndex'].includes(action) && onExitCodes?.operator === 'In' && onExitCodes.values.includes(code),
  );
}

/** Which path and port a kubelet would ask. @param {Manifest} job @param {'startup' | 'readiness'} which @returns {{ path: string, port: number }} */
export function probeOf(job, which) {
  const container = containerOf(job);
  const get = container[`${which}Probe`]?.httpGet;
  if (get === undefined) throw new Error(`The coordinator of deploy/ has no ${which} probe.`);
  const port = container['ports'].find((/** @type {Manifest} */ { name }) => name === get.port);
  return { path: get.path, port: port?.containerPort ?? get.port };
}

/** The settings that the ConfigMap holds. @param {Parts} given @returns {Record<string, unknown>} */
export function jobSettings({ shared }) {
  const map = shared.find(({ kind }) => kind === 'ConfigMap');
  return parse(map?.['data']['job.yaml'] ?? '');
}

/** @param {readonly Manifest[]} manifests */
export function asYaml(manifests) {
  return manifests.map((manifest) => stringify(manifest)).join('---\n');
}
