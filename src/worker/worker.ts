import { cacheRoot } from '../shared/cache-folder.ts';
import type { EngineName } from '../engine/interface/engine.ts';
import { EXIT } from '../shared/errors.ts';
import { beginTraceFile, openTrace, type TraceTarget } from './trace/trace-file.ts';
import type { KeyAndCertificate } from '../shared/link/self-signed.ts';
import type { Trust } from '../shared/link/trust.ts';
import { tensorflowThreads } from '../shared/job/resolve.ts';
import { augmentationSchema } from '../shared/job/augmentation.ts';
import { datasetSettings } from '../data/samples/settings.ts';
import type { Blueprint } from './assignment/blueprint.ts';
import { EngineHost, type Verdict } from './training/engine-host.ts';
import { faultHook } from './training/faults.ts';
import type { SourceConfig } from './input/messages.ts';
import { InputPipeline } from './input/pipeline.ts';
import { obeyLauncher } from './rehearsal/obey.ts';
import { type LogStyle, logFor } from './report/log.ts';
import { listenForSignals } from './signals.ts';
import type { PeerListen } from './transport/peer-listener.ts';
import { TransportThread } from './transport/transport-thread.ts';
import { visible } from '../shared/visible.ts';

export interface WorkerOptions {
  /** `ws://host:port` or `wss://...` */
  readonly coordinator: string;
  readonly token: string | null;
  readonly name: string;
  /** null: the job's */
  readonly engine: EngineName | 'auto' | null;
  /** Of one operation; null: the job's */
  readonly threads: number | null;
  /** That this worker may use. */
  readonly cores: number;
  /** Where peers connect; null: nowhere (star only). */
  readonly listen: PeerListen | null;
  /** `host:port` or host under which peers reach `listen`; null: as it is. */
  readonly advertise: string | null;
  /** At the coordinator, if that is at wss://. */
  readonly trust: Trust;
  /** With what to serve peers; null: with a certificate of its own making where the coordinator is at wss://, else in the clear. */
  readonly tls: KeyAndCertificate | null;
  /** Seconds that the coordinator may be away. */
  readonly waitSeconds: number;
  /** This machine's own copy of the dataset; null: samples come from the coordinator. */
  readonly data: string | null;
  /** Bytes of decoded images to keep. */
  readonly cacheMemory: number;
  /** File for a trace of this worker; null: none. */
  readonly trace: string | null;
  /** Where Prometheus and probes ask about this worker; null: nowhere. */
  readonly metricsListen: { readonly host: string; readonly port: number } | null;
  /** Wanted of whoever asks for the metrics; null: none is. */
  readonly metricsToken: string | null;
  readonly log: LogStyle;
  /** By `launch`, which answers Ctrl-C for its workers. */
  readonly launched: boolean;
}

/** How long the data thread may take to end. */
const CLOSING_MS = 2_000;

/** Works for a coordinator until it says that the run is over, or something ends it before. Resolves with the exit code. */
export async function runWorker(options: WorkerOptions): Promise<number> {
  const {
    name,
    coordinator,
    token,
    threads,
    cores,
    listen,
    advertise,
    trust,
    tls,
    waitSeconds,
    metricsListen,
    metricsToken,
    log: style,
  } = options;
  const traced: TraceTarget | null = options.trace === null ? null : { file: options.trace, process: name };
  if (traced !== null) beginTraceFile(traced.file);
  const trace = openTrace(traced, 'engine');
  const fault = faultHook();
  const obey = obeyLauncher();
  const log = logFor(name, style);
  let died: (verdict: Verdict) => void = () => undefined;
  const dead = new Promise<Verdict>((resolve) => {
    died = resolve;
  });
  const transport = new TransportThread(
    {
      name,
      coordinator,
      token,
      threads,
      listen,
      advertise,
      trust,
      tls,
      waitSeconds,
      trace: traced,
      metricsListen,
      metricsToken,
      log: style,
    },
    {
      onMessage: (message) => host.receive(message),
      onDeath: (verdict, error) => {
        if (error?.stack !== undefined) log(error.stack);
        died(verdict);
      },
    },
  );
  const host: EngineHost = new EngineHost({
    engine: options.engine,
    threads,
    createEngine: async (engine, wanted, onBroken) => {
      // Not before it is needed: loading takes time.
      const { createEngine } = await import('../engine/create.ts');
      const threadsOf = (made: EngineName) =>
        made === 'tensorflow' ? tensorflowThreads({ threads: wanted }) : (wanted ?? cores);
      return createEngine(engine, { threads: threadsOf, cores, onBroken });
    },
    checkEngine: async (engine) => {
      const { installedTensorflow } = await import('../engine/create.ts');
      if (engine === 'tensorflow') installedTensorflow();
    },
    openSamples: (blueprint) => openSamples(blueprint, options, traced),
    loop: {
      now: () => performance.now() / 1000,
      fault: (step, rank, parameters, point = 'computing') => {
        obey?.(parameters);
        fault(point, step, rank);
      },
      trace,
    },
    post: (message) => transport.post(message),
    log,
  });
  const stopListening = listenForSignals(
    () => {
      log('asked to leave: the running step is its last one; another signal ends it at once');
      transport.post({ type: 'interrupt' });
    },
    (code) => process.exit(code),
    options.launched,
  );
  host.join().catch((error: unknown) => host.fail(error));
  const verdict = await Promise.race([host.left, dead]);
  stopListening();
  if (verdict.exitCode !== EXIT.done) process.stderr.write(`gradsocket: ${visible(verdict.message)}\n`);
  await Promise.race([host.close(), timeout(CLOSING_MS)]);
  await transport.close();
  trace.flush();
  return verdict.exitCode;
}

function openSamples(
  { job, plan, dataset, network }: Blueprint,
  options: WorkerOptions,
  trace: TraceTarget | null,
): Promise<InputPipeline> {
  const { coordinator, token, data, cacheMemory, trust } = options;
  // As the engine will have it, which is being made meanwhile.
  const threads = tensorflowThreads({ threads: options.threads ?? job.threads });
  const source: SourceConfig =
    data === null
      ? { kind: 'coordinator', url: coordinator, token, trust }
      : { kind: 'local', data, ...datasetSettings(job), cacheDir: cacheRoot(process.env) };
  return InputPipeline.start({
    plan,
    seed: job.seed,
    description: dataset,
    masks: network.masks,
    augmentation: augmentationSchema.strip().parse(job),
    mixing: job.mixup > 0 ? { alpha: job.mixup, outputs: network.outputs } : null,
    source,
    cacheMemory,
    abreast: Math.max(1, Math.floor(options.cores / threads)),
    trace,
  });
}

function timeout(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
