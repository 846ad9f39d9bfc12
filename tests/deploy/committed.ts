import { Document } from 'yaml';
import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { objectsOf } from '../../src/cli/manifest/objects.ts';
import { type Plan, planOf } from '../../src/cli/manifest/plan.ts';
import { commentOf, printObject, printObjects } from '../../src/cli/manifest/print.ts';
import { monitoringObjects } from '../../src/cli/manifest/monitoring.ts';
import { manifestOptions } from '../../src/shared/job/manifest-options.ts';
import { jobSchema } from '../../src/shared/job/schema.ts';
import { readSettings } from '../../src/shared/job/settings.ts';
import { packageVersion } from '../../src/shared/version.ts';
import { type Extra, extrasOf } from './extra.ts';
import { patchOf } from './patch.ts';

/** One folder that `kubectl apply -k` takes. */
export interface Folder {
  /** Below deploy/. */
  readonly path: string;
  /** What it is for: the first lines of its kustomization. */
  readonly about: string;
  /** The folder that it changes; null: it stands for itself. */
  readonly on: string | null;
  /** What `gradsocket manifest` prints the same with. */
  readonly flags: Readonly<Record<string, string | true>>;
}

export const FOLDERS: readonly Folder[] = [
  {
    path: 'base',
    about: 'What all others change: two workers on processors, and the digits that come with the image.',
    on: null,
    flags: {},
  },
  {
    path: 'overlays/cpu',
    about: 'Three workers on processors. The engine is named, so that none computes on a slower one unnoticed.',
    on: 'base',
    flags: { workers: '3', engine: 'tensorflow', cpus: '1', memory: '2Gi' },
  },
  {
    path: 'overlays/gpu',
    about: "Four workers, each on an NVIDIA GPU: needs NVIDIA's device plugin or GPU operator.",
    on: 'base',
    flags: { workers: '4', gpus: '1', cpus: '4', memory: '16Gi', 'cache-memory': '4GiB' },
  },
  {
    path: 'overlays/jobset',
    about: 'Coordinator and workers as one JobSet: needs the JobSet controller (jobset.sigs.k8s.io).',
    on: 'base',
    flags: { kind: 'jobset' },
  },
  {
    path: 'overlays/kueue',
    about:
      'A JobSet that waits in a queue until there is room for all of it: needs Kueue (kueue.sigs.k8s.io) and a ClusterQueue, such as that of cluster-queue.yaml beside this file, which an administrator applies once.',
    on: 'overlays/jobset',
    flags: { kind: 'jobset', queue: 'gradsocket' },
  },
  {
    path: 'overlays/spot',
    about: 'Workers on nodes that may be taken away, the coordinator on others.',
    on: 'base',
    flags: { spot: true },
  },
  {
    path: 'examples/cats-and-dogs',
    about: 'Cats and dogs from pictures to a model. README.md beside this file says what to type.',
    on: 'overlays/cpu',
    flags: {
      workers: '3',
      engine: 'tensorflow',
      cpus: '1',
      memory: '2Gi',
      data: '/data/cats-and-dogs',
      'image-size': '64',
      model: 'resnet18',
      optimizer: 'sgd',
      lr: '0.05',
      schedule: 'one-cycle',
      flip: true,
      'crop-padding': '4',
      batch: '64',
      epochs: '12',
    },
  },
];

function planFor({ flags }: Pick<Folder, 'flags'>): Plan {
  const layers = { flags, environment: {}, config: null };
  return planOf(readSettings(manifestOptions, layers), readSettings(jobSchema, layers), packageVersion());
}

/** What the command makes of the flags of a folder. */
export function objectsFor(folder: Pick<Folder, 'flags'>): readonly KubernetesObject[] {
  return objectsOf(planFor(folder));
}

export function extrasFor(folder: Folder): readonly Extra[] {
  return extrasOf(folder.path, planFor(folder));
}

function commandOf({ flags }: Pick<Folder, 'flags'>): string {
  const words = Object.entries(flags).map(([name, value]) => (value === true ? `--${name}` : `--${name} ${value}`));
  return ['gradsocket manifest', ...words].join(' ');
}

/** The files of deploy/ that hold manifests: path below deploy/ to text. */
export function committedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const [name, text] of folder.on === null ? baseFiles(folder) : overlayFiles(folder, folder.on)) {
      files.set(`${folder.path}/${name}`, text);
    }
  }
  for (const [name, text] of monitoringFiles()) files.set(`${MONITORING}/${name}`, text);
  return files;
}

/** What may be added to any of the folders. */
export const MONITORING = 'components/monitoring';

function monitoringFiles(): ReadonlyMap<string, string> {
  const objects = monitoringObjects({ namespace: 'gradsocket' });
  const files = new Map(objects.map((object) => [fileOf(object), printObject(object)]));
  const head = { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component' };
  const document = new Document({ ...head, resources: [...files.keys()] });
  document.commentBefore = [
    commentOf(
      'What the Prometheus operator scrapes and alerts by, for base or an overlay. All of them have the port and let Prometheus in. In a folder of your own:',
    ),
    ...['', '  resources: [../deploy/base]', '  components: [../deploy/components/monitoring]', ''],
    commentOf('The same from flags: gradsocket manifest --monitoring'),
    commentOf(
      'Written by `npm run docs` from src/cli/manifest/ and deploy/prometheus/; a test fails where it is not current.',
    ),
  ].join('\n');
  return files.set('kustomization.yaml', document.toString({ lineWidth: 0 }));
}

/** `gradsocket-workers`, a Service: `workers-service.yaml`. */
function fileOf({ kind, metadata }: KubernetesObject): string {
  const part = metadata?.name?.replace(/^gradsocket-?/, '') ?? '';
  const word = kind.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return kind === 'Namespace' ? 'namespace.yaml' : `${part === '' ? '' : `${part}-`}${word}.yaml`;
}

function baseFiles(folder: Folder): ReadonlyMap<string, string> {
  const objects = objectsFor(folder);
  const files = new Map(objects.map((object) => [fileOf(object), printObject(object)]));
  files.set('kustomization.yaml', kustomization(folder, { resources: [...files.keys()] }));
  return files;
}

function overlayFiles(folder: Folder, on: string): ReadonlyMap<string, string> {
  const under = FOLDERS.find(({ path }) => path === on);
  if (under === undefined) throw new Error(`${folder.path} is on ${on}, which is not there`);
  const [before, after] = [objectsFor(under), objectsFor(folder)];
  const files = new Map<string, string>();
  const resources = ['../'.repeat(folder.path.split('/').length) + on];
  // A file each: what older versions of kustomize make of several in one file is a crash.
  const patches: { readonly path?: string; readonly patch?: string }[] = [];
  for (const object of after) {
    const old = before.find((one) => isSame(one, object));
    if (old === undefined) {
      resources.push(fileOf(object));
      files.set(fileOf(object), printObject(object));
      continue;
    }
    const { metadata = {}, ...patch } = (patchOf(old, object) ?? {}) as Partial<KubernetesObject>;
    const isChanged = Object.keys(patch).length + Object.keys(metadata).length > 0;
    if (!isChanged) continue;
    const path = fileOf(object).replace(/yaml$/, 'patch.yaml');
    files.set(
      path,
      printObject({ ...headOf(object), metadata: { ...headOf(object).metadata, ...metadata }, ...patch }),
    );
    patches.push({ path });
  }
  for (const object of before) {
    if (!after.some((one) => isSame(one, object)))
      patches.push({ patch: `$patch: delete\n${printObject(headOf(object))}` });
  }
  for (const { file, objects, isPart } of extrasFor(folder)) {
    files.set(file, printObjects(objects));
    if (isPart) resources.push(file);
  }
  const rest = patches.length === 0 ? {} : { patches };
  files.set('kustomization.yaml', kustomization(folder, { resources, ...rest }));
  return files;
}

function isSame(one: KubernetesObject, other: KubernetesObject): boolean {
  return one.kind === other.kind && one.metadata?.name === other.metadata?.name;
}

function headOf({ apiVersion, kind, metadata }: KubernetesObject): KubernetesObject {
  const { name = '', namespace } = metadata ?? {};
  return { apiVersion, kind, metadata: { name, ...(namespace === undefined ? {} : { namespace }) } };
}

function kustomization(folder: Folder, rest: Readonly<Record<string, unknown>>): string {
  const document = new Document({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', ...rest });
  document.commentBefore = [
    commentOf(folder.about),
    commentOf(`The same from flags: ${commandOf(folder)}`),
    commentOf(
      'Written by `npm run docs` from src/cli/manifest/; a test fails where it is not current. Change it in a folder of your own that has this one among its resources.',
    ),
  ].join('\n');
  return document.toString({ lineWidth: 0 });
}
