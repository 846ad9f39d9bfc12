import { z } from 'zod';
import { isImageReference } from './image-reference.ts';
import { bytesOf, coordinatorOptions, workerOptions } from './options.ts';

/** `gradsocket manifest`: where and how a run is to live in a Kubernetes cluster. */

const label = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/)
  .meta({ expects: 'a name of Kubernetes: up to 63 small letters, digits and dashes, a letter first, no dash last' });
const subdomain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/)
  .meta({
    expects: 'a name of Kubernetes: small letters, digits, dashes and dots, none of the last two first or last',
  });
/** No node has more: a slip would leave pods pending for ever. */
const MOST_CPUS = 4096;
const MOST_MEMORY_TI = 64;
const MOST_STORAGE_TI = 1_048_576;
const cpus = z
  .string()
  .regex(/^(0*[1-9]\d*m|0*[1-9]\d*(\.\d{1,3})?|0\.(?!0+$)\d{1,3})$/)
  .refine((text) => Number.parseFloat(text) / (text.endsWith('m') ? 1000 : 1) <= MOST_CPUS)
  .meta({ expects: `processors such as 2, 0.5 or 500m, above 0 and at most ${MOST_CPUS}` });
const quantity = z.string().regex(/^[1-9]\d*(\.\d+)?[KMGT]i$/);
const memory = quantity
  .refine((text) => bytesOf(text) <= MOST_MEMORY_TI * 2 ** 40)
  .meta({ expects: `a quantity of Kubernetes in Ki, Mi, Gi or Ti, such as 4Gi, at most ${MOST_MEMORY_TI}Ti` });
const storage = quantity
  .refine((text) => bytesOf(text) <= MOST_STORAGE_TI * 2 ** 40)
  .meta({ expects: `a quantity of Kubernetes in Ki, Mi, Gi or Ti, such as 10Gi, at most ${MOST_STORAGE_TI}Ti` });

export const manifestOptions = z.strictObject({
  kind: z
    .enum(['job', 'jobset'])
    .default('job')
    .describe('two Jobs, or one JobSet, which starts and ends them together'),
  name: label
    .max(30)
    .meta({ expects: 'a name of Kubernetes: up to 30 small letters, digits and dashes, a letter first, no dash last' })
    .default('gradsocket')
    .describe('name of the run: its objects begin with it, and its folder is called so'),
  namespace: label.default('gradsocket').describe('namespace of all of it'),
  image: z
    .string()
    .refine(isImageReference)
    .meta({ expects: 'an image such as registry.example/gradsocket:0.1.0-cpu' })
    .nullable()
    .default(null)
    .describe('container image; default: gradsocket of this version, -cuda with --gpus, else -cpu'),
  workers: coordinatorOptions.shape.workers,
  minWorkers: coordinatorOptions.shape.minWorkers,
  maxWorkers: coordinatorOptions.shape.maxWorkers.describe(
    'how many workers train at most, so that more can be added while it runs; default: as many as there are microbatches',
  ),
  gpus: z
    .int()
    .min(0)
    .max(1)
    .meta({ expects: '0 or 1: a worker computes on one GPU. For more of them raise --workers' })
    .default(0)
    .describe('GPUs of each worker'),
  cpus: cpus.default('2').describe('processors of each worker'),
  memory: memory.default('4Gi').describe('memory of each worker'),
  coordinatorCpus: cpus.default('1').describe('processors of the coordinator'),
  coordinatorMemory: memory.default('2Gi').describe('memory of the coordinator'),
  cacheMemory: workerOptions.shape.cacheMemory,
  wait: workerOptions.shape.wait,
  add: label
    .max(20)
    .meta({ expects: 'a name of Kubernetes: up to 20 small letters, digits and dashes, a letter first, no dash last' })
    .nullable()
    .default(null)
    .describe('print only one more Job of workers, called NAME-this, for a run that is there; default: all of a run'),
  spot: z
    .boolean()
    .default(false)
    .describe('workers on nodes that may be taken away (spot, pre-emptible), the coordinator on others'),
  queue: subdomain.nullable().default(null).describe("queue of Kueue's that admits it; default: none"),
  dataSize: storage.default('10Gi').describe('room for the dataset, in a volume that is mounted read-only at /data'),
  dataClaim: subdomain.nullable().default(null).describe('claim of a volume that has the dataset; default: a new one'),
  runsSize: storage.default('10Gi').describe('room for the folder of the run, in a volume mounted at /runs'),
  runsClaim: subdomain.nullable().default(null).describe('claim of a volume for runs; default: a new one'),
  // To Kubernetes, no name means the cluster's class, and an empty one that nothing provides a volume but who made it beforehand.
  storageClass: subdomain
    .or(z.literal(''))
    .nullable()
    .default(null)
    .meta({ takesEmpty: true })
    .describe("class of new volumes; '': none, as of volumes made by hand; default: the cluster's"),
  tokenSecret: subdomain
    .nullable()
    .default(null)
    .describe('Secret whose key `token` is the secret of the run; default: NAME-token'),
  tlsSecret: subdomain
    .nullable()
    .default(null)
    .describe(
      'Secret of the type kubernetes.io/tls: all of the run is encrypted with its certificate, which is the one that is trusted; default: not encrypted',
    ),
  ipv6: z.boolean().default(false).describe('the pods of this cluster have IPv6 addresses'),
  prometheusNamespace: label.default('monitoring').describe('namespace whose Prometheus may scrape'),
  monitoring: z
    .boolean()
    .default(false)
    .describe('what the Prometheus operator scrapes and alerts by, too; once for all runs of a namespace'),
});
export type ManifestOptions = z.infer<typeof manifestOptions>;
