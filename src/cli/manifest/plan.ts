import { posix } from 'node:path';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { checkJob } from '../../shared/job/checks.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import type { ManifestOptions } from '../../shared/job/manifest-options.ts';
import { bytesOf } from '../../shared/job/options.ts';
import { defaultMicrobatches } from '../../shared/job/resolve.ts';
import { requireKnownRate } from '../../shared/job/known-rate.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import type { Settings } from '../../shared/job/settings.ts';
import { checkBounds } from '../run/asked.ts';

/** Where volumes are mounted, in every container alike. */
export const MOUNTS = {
  data: '/data',
  runs: '/runs',
  config: '/etc/gradsocket',
  tls: '/etc/gradsocket-tls',
  cache: '/cache',
  tmp: '/tmp',
} as const;

/** Ports of the containers, by the names that Services, probes and PodMonitors know them by. */
export const PORTS = { http: 7070, peer: 7071, metrics: 9464 } as const;

/** Where containers listen. Both kinds of addresses at once is what some nodes have switched off. */
export function anyAddress({ ipv6 }: Pick<Plan, 'ipv6'>): string {
  return ipv6 ? '[::]' : '0.0.0.0';
}

/** What is to be deployed, with nothing left to be decided. */
export interface Plan extends Omit<ManifestOptions, 'image' | 'maxWorkers' | 'minWorkers' | 'tokenSecret'> {
  readonly image: string;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly tokenSecret: string;
  /** Settings of job.yaml, by the names of the flags: those that were given, and those that everybody looks for. */
  readonly job: Readonly<Record<string, unknown>>;
}

/** Always written down: what anybody wants to see of a job. */
const SHOWN = new Set(['data', 'model', 'batch', 'epochs', 'engine']);

/** What the objects of a run are called. */
const TAKEN = new Set(['coordinator', 'workers', 'job', 'runs', 'data', 'token']);

/** @throws GradsocketError where the settings do not fit each other */
export function planOf(asked: Settings<ManifestOptions>, job: Settings<Job>, version: string): Plan {
  const options = asked.values;
  const { name, namespace, gpus, workers } = options;
  if (namespace.startsWith('kube-')) {
    refuse('NAMESPACE_RESERVED', `--namespace ${namespace}: names that begin with kube- are Kubernetes's own.`);
  }
  if (options.add !== null && TAKEN.has(options.add)) {
    refuse('ADD_TAKEN', `--add ${options.add}: the run has ${name}-${options.add} already. Choose another word.`);
  }
  checkBounds(options);
  checkJob(job.values, workers, new Map([...asked.sources, ...job.sources]));
  requireKnownRate(job.values);
  checkMemory(options);
  checkPaths(job.values);
  const microbatches = job.values.microbatches ?? defaultMicrobatches(job.values.batch);
  const maxWorkers = options.maxWorkers ?? Math.max(workers, microbatches);
  const minWorkers = options.minWorkers ?? 1;
  const settings = fieldsOf(jobSchema)
    .filter(({ key }) => SHOWN.has(key) || job.sources.get(key)?.from !== 'default')
    .map(({ key, name: word }) => [word, job.values[key as keyof Job]] as const);
  // With a GPU that cannot be used, a worker is to say so, not to compute on the processor unnoticed.
  const engine = gpus > 0 && job.values.engine === 'auto' ? { engine: 'tensorflow' } : {};
  return {
    ...options,
    minWorkers,
    maxWorkers,
    image: options.image ?? `gradsocket:${version}-${gpus > 0 ? 'cuda' : 'cpu'}`,
    tokenSecret: options.tokenSecret ?? `${name}-token`,
    job: { ...Object.fromEntries(settings), ...engine },
  };
}

function refuse(code: string, sentence: string): never {
  throw new GradsocketError(code, EXIT.usage, sentence);
}

function checkMemory({ memory, coordinatorMemory, cacheMemory }: ManifestOptions): void {
  const least = 256 * 2 ** 20;
  for (const [flag, value] of Object.entries({ memory, 'coordinator-memory': coordinatorMemory })) {
    if (bytesOf(value) < least) refuse('MEMORY_TOO_SMALL', `--${flag} ${value}: a process needs 256Mi at least.`);
  }
  if (cacheMemory !== null && bytesOf(cacheMemory) + least > bytesOf(memory)) {
    refuse(
      'MEMORY_TOO_SMALL',
      `--cache-memory ${cacheMemory} does not fit into --memory ${memory} beside the rest. Raise --memory or lower --cache-memory.`,
    );
  }
}

/** Paths of the job are those in the containers. */
function checkPaths({ data, weights, classWeights }: Job): void {
  const isMounted = (path: string): boolean =>
    [MOUNTS.data, MOUNTS.runs].some((folder) => `${posix.normalize(path)}/`.startsWith(`${folder}/`));
  const paths = {
    data: data === 'digits' ? null : data,
    weights,
    'class-weights': classWeights !== null && /[/\\]|\.(ya?ml|json)$/.test(classWeights) ? classWeights : null,
  };
  for (const [flag, path] of Object.entries(paths)) {
    if (path === null || isMounted(path)) continue;
    refuse(
      'PATH_NOT_MOUNTED',
      `--${flag} ${path}: in the containers files are below ${MOUNTS.data} (the dataset's volume) or ${MOUNTS.runs}. ` +
        `Copy it to that volume and name it ${MOUNTS.data}/NAME.`,
    );
  }
}
