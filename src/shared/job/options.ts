import { z } from 'zod';
import { newPath } from './new-path.ts';

/**
 * How a process runs, as opposed to what is trained: the settings beside the job. Like the job's they are flags, keys of
 * `--config`, environment variables and documentation at once.
 */

/** Of IPv6 in brackets; a number alone is a port whose host was forgotten, and would be read as an address. */
const HOST = String.raw`(?:\[[0-9a-fA-F:.]+\]|(?!\d+(?![\w.-]))[\p{L}\p{M}\p{N}_.-]+)`;
const BARE_IPV6 = '[0-9a-fA-F]*:[0-9a-fA-F]*:[0-9a-fA-F:.]*';
const address = z.string().regex(new RegExp(String.raw`^${HOST}:\d{1,5}$`, 'u'));
const listen = address.meta({ expects: 'host:port, such as 127.0.0.1:7070; port 0 takes a free one' });
const metricsListen = listen
  .nullable()
  .default(null)
  .meta({ expects: 'host:port, such as 0.0.0.0:9464; port 0 takes a free one' });

const size = z
  .string()
  .regex(/^\d+(\.\d+)?\s*([kmgt]i?b?|b)?$/i)
  .meta({ expects: 'a size such as 512MiB or 2GiB' });
const path = z.string().min(1).meta({ expects: 'a path', isPath: true });

/** `auto`: the same command for the first start and for every one after it. */
const resume = z
  .union([z.boolean(), z.literal('auto')])
  .meta({ expects: 'nothing behind it, or auto; the folder is named by --run-dir, of a sweep by --sweep-dir' })
  .default(false);

const show = {
  quiet: z.boolean().default(false).describe('print only the result and errors'),
  json: z.boolean().default(false).describe('print one JSON object for each event, a line each'),
};

const worker = {
  cores: z
    .int()
    .positive()
    .max(1024)
    .nullable()
    .default(null)
    .describe('cores that each worker may use; default: those of this machine, shared out'),
  cacheMemory: size
    .nullable()
    .default(null)
    .describe(
      'memory of each worker for decoded images; default: 1GiB, or a quarter of what its control group leaves each worker where that is less',
    ),
};

/** Of a certificate: `sha256:`, or as openssl puts it, before 64 hexadecimal digits, with or without colons between them. */
export const PIN = /^(sha-?256( fingerprint)?[:=])?([0-9a-f]{2}:?){31}[0-9a-f]{2}$/i;

const tls = {
  tls: z
    .enum(['auto'])
    .nullable()
    .default(null)
    .describe(
      'auto: serve wss:// with a certificate that is made for the run and kept in its folder; workers know it by --tls-pin',
    ),
  tlsCert: path.nullable().default(null).describe('certificate (PEM) to serve wss:// with'),
  tlsKey: path.nullable().default(null).describe('private key (PEM) of the certificate'),
};

/** A token, given as a setting or in a file. */
export const TOKEN = /^[\x21-\x7e]{8,1024}$/;

const secret = z
  .string()
  .regex(TOKEN)
  .meta({ expects: '8 to 1024 visible ASCII characters without spaces', isSecret: true })
  .nullable()
  .default(null);

const metricsAccess = {
  metricsToken: secret.describe(
    'secret that /metrics is shown for, here and at --metrics-listen; better given as GRADSOCKET_METRICS_TOKEN or --metrics-token-file; default: none is wanted',
  ),
  metricsTokenFile: path.nullable().default(null).describe('file that holds the token for metrics'),
};

const coordinator = {
  workers: z.int().positive().max(4096).default(2).describe('how many workers the run starts with'),
  minWorkers: z
    .int()
    .positive()
    .max(4096)
    .nullable()
    .default(null)
    .describe(
      'train on while at least so many workers are left, else wait for others; given, a run that has waited in vain for --workers also begins with so many; default: 1',
    ),
  maxWorkers: z
    .int()
    .positive()
    .max(4096)
    .nullable()
    .default(null)
    .describe('how many workers train at most; as many more stand by as spares; default: --workers'),
  token: secret.describe(
    'secret that workers show; better given as GRADSOCKET_TOKEN or --token-file; default: where others reach --listen, one is made up and shown',
  ),
  tokenFile: path.nullable().default(null).describe('file that holds the token'),
  viewToken: secret.describe(
    'secret that shows the run at / and /api/run, and lets nobody join it; better given as GRADSOCKET_VIEW_TOKEN or --view-token-file',
  ),
  viewTokenFile: path.nullable().default(null).describe('file that holds the view token'),
  ...tls,
  metricsListen: metricsListen.describe(
    'address of a port of its own for /metrics, /healthz and /readyz; default: only --listen has them',
  ),
  ...metricsAccess,
  linger: z
    .number()
    .nonnegative()
    .max(3600)
    .default(0)
    .describe('seconds for which the metrics of a run that is over can still be read, until somebody has'),
  stallSeconds: z
    .number()
    .positive()
    .max(86_400)
    .nullable()
    .default(null)
    .describe(
      'a step of which nothing is heard for this long is given up, and whoever holds it up goes; longer where steps take longer; default: 10',
    ),
  runDir: newPath().nullable().default(null).describe('folder of the run; default: runs/<date-time>-<model>'),
  resume: resume.describe(
    'go on with the run in --run-dir, or with the newest one, from its newest checkpoint; auto: begin one where there is none',
  ),
  open: z.boolean().default(false).describe('open the page of the run in the browser'),
  ...show,
};

/** `gradsocket launch`: a coordinator and its workers on this machine. */
export const launchOptions = z.strictObject({
  ...coordinator,
  ...worker,
  trace: newPath()
    .nullable()
    .default(null)
    .describe('file for a trace of engine, transport and data of each worker, to open in Perfetto'),
  listen: listen.default('127.0.0.1:0').describe('address of the coordinator'),
  chaos: z
    .string()
    .min(1)
    .meta({ expects: 'faults such as kill@step=5,rank=1;stop@step=9,rank=0,seconds=3 or random:seed=7,every=20s' })
    .nullable()
    .default(null)
    .describe('do this to the workers on the way, for a rehearsal; see operations.md'),
});
export type LaunchOptions = z.infer<typeof launchOptions>;

/** `gradsocket coordinator`: workers come from elsewhere. */
export const coordinatorOptions = z.strictObject({
  ...coordinator,
  listen: listen.default('127.0.0.1:7070').describe('address of the coordinator'),
});

/** `gradsocket sweep`: many runs of `launch`, compared. */
export const sweepOptions = z.strictObject({
  workers: z
    .int()
    .positive()
    .max(4096)
    .default(2)
    .describe('workers in all, shared out to the runs that go on at once'),
  parallel: z.int().positive().max(256).default(1).describe('how many runs go on side by side'),
  sweepDir: newPath().nullable().default(null).describe('folder of the sweep; default: runs/<date-time>-sweep'),
  resume: resume.describe(
    'go on with the sweep in --sweep-dir, or with the newest one: what is missing runs; auto: begin one where there is none',
  ),
  stallSeconds: coordinator.stallSeconds,
  ...show,
  ...worker,
});
export type SweepOptions = z.infer<typeof sweepOptions>;

/** With or without scheme and port; IPv6 also without brackets where nothing follows it. */
const coordinatorAddress = new RegExp(
  String.raw`^((wss?|https?):\/\/)?(${HOST}(:\d{1,5})?(\/[^\s?#]*)?|${BARE_IPV6})$`,
  'iu',
);

/** `gradsocket worker`. */
export const workerOptions = z.strictObject({
  coordinator: z
    .string()
    .regex(coordinatorAddress)
    .meta({ expects: 'an address such as ws://10.0.0.5:7070, 10.0.0.5, or wss://host/prefix behind a proxy' })
    .default('ws://127.0.0.1:7070')
    .describe('address of the coordinator; without a port 7070, at wss:// 443'),
  token: secret.describe('the secret of the run; better given as GRADSOCKET_TOKEN or --token-file'),
  tokenFile: coordinator.tokenFile,
  name: z
    .string()
    .regex(/^[\w.-]{1,128}$/)
    .meta({ expects: 'up to 128 letters, digits, dots, underscores and dashes' })
    .nullable()
    .default(null)
    .describe('name in logs and metrics; default: host name and process number'),
  engine: z
    .enum(['auto', 'tensorflow', 'webgpu', 'wasm', 'cpu'])
    .nullable()
    .default(null)
    .describe("engine of this worker; default: the job's"),
  threads: z
    .int()
    .positive()
    .max(1024)
    .nullable()
    .default(null)
    .describe("threads of one operation; with the tensorflow engine no others than the run's; default: the run's"),
  ...worker,
  listen: z
    .string()
    .regex(new RegExp(String.raw`^(none|${HOST}:\d{1,5}(-\d{1,5})?)$`, 'u'))
    .meta({ expects: 'host:port, host:7100-7120 for the first free one of these, or none' })
    .nullable()
    .default(null)
    .describe('where peers reach this worker; none: only through the coordinator; default: where the coordinator can'),
  advertise: z
    .string()
    .regex(new RegExp(String.raw`^(?!(0\.0\.0\.0|\[?::\]?)(:\d+)?$)(${HOST}(:\d{1,5})?|${BARE_IPV6})$`, 'u'))
    .meta({ expects: 'a host or host:port' })
    .nullable()
    .default(null)
    .describe(
      'host, or host:port, that peers are told; default: where this worker listens, or from where it reaches the coordinator',
    ),
  tlsCa: path
    .nullable()
    .default(null)
    .describe("certificates (PEM) to trust at wss://, instead of the system's; the coordinator's own will do"),
  tlsPin: z
    .string()
    .regex(PIN)
    .meta({ expects: 'sha256: and 64 hexadecimal digits, as the coordinator prints them' })
    .nullable()
    .default(null)
    .describe(
      'fingerprint of the certificate that the coordinator must show at wss://; nothing is sent to one that shows another',
    ),
  tlsCert: tls.tlsCert.describe(
    'certificate (PEM) to serve peers wss:// with; default: in a run over TLS, one that this worker makes for itself',
  ),
  tlsKey: tls.tlsKey,
  data: path
    .nullable()
    .default(null)
    .describe('copy of the dataset on this machine; default: samples come from the coordinator'),
  wait: z
    .number()
    .nonnegative()
    .max(86_400)
    .default(600)
    .describe('seconds that a coordinator may be away, at the start and later, before this worker leaves'),
  trace: newPath().nullable().default(null).describe('file for a trace of this worker, to open in Perfetto'),
  metricsListen: metricsListen.describe(
    'address at which this worker answers /metrics, /healthz and /readyz; default: none',
  ),
  metricsToken: metricsAccess.metricsToken.describe(
    'secret that /metrics is shown for; better given as GRADSOCKET_METRICS_TOKEN or --metrics-token-file; default: none is wanted',
  ),
  metricsTokenFile: metricsAccess.metricsTokenFile,
  quiet: show.quiet,
});
export type WorkerOptions = z.infer<typeof workerOptions>;

/** How many bytes a text such as `512MiB` means. */
export function bytesOf(text: string): number {
  const [, digits, unit = ''] = /^([\d.]+)\s*([kmgt]?)/i.exec(text) ?? [];
  return Math.round(Number(digits) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
}

/** Of `host:port`; an IPv6 host stands in brackets. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
