import { randomBytes } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { shellWord } from '../shared/shell-word.ts';
import { EXIT, type ExitCode } from '../shared/errors.ts';
import { packageVersion } from '../shared/version.ts';
import { checkToken } from '../shared/link/credential.ts';
import type { CompleteJob } from '../shared/job/complete.ts';
import { fingerprintOf } from '../shared/link/fingerprint.ts';
import { LinkServer } from '../shared/link/link-server.ts';
import { connectionsFor } from './connections.ts';
import { tlsFailure } from '../shared/link/listen-failure.ts';
import type { KeyAndCertificate } from '../shared/link/self-signed.ts';
import { reachableUrls } from '../shared/link/reachable.ts';
import { buildNetwork } from '../shared/network/build.ts';
import { stepVectorLayout } from '../shared/network/layout.ts';
import { LIMITS } from '../shared/protocol/limits.ts';
import { type DatasetDescription, PATHS } from '../shared/protocol/shared.ts';
import { Alarm } from './alarm.ts';
import { DataServer } from './data-server.ts';
import { Access, isForeign } from './http/access.ts';
import { routes } from './http/routes.ts';
import { systemClock } from '../shared/clock.ts';
import { DEADLINES, type Deadlines } from './membership/deadlines.ts';
import { Run } from './membership/run.ts';
import { isOver } from './membership/model.ts';
import type { OnDisk } from './metrics/checkpoints.ts';
import { Metrics } from './metrics/metrics.ts';
import { MetricsDesk } from './metrics/metrics-desk.ts';
import { datesNotice } from './opening/certificate-dates.ts';
import { type Prepared, prepare } from './opening/prepare.ts';
import { type AskedRun, settingsOf } from './opening/settings.ts';
import { tellOfOpening } from './opening/tell.ts';
import { write } from './opening/write.ts';
import type { RunEvent, RunSummary } from './progress/events.ts';
import { Reception } from './reception.ts';
import { StarReduceHub } from './reduce-hub.ts';
import type { Archive } from './store/archive.ts';
import { type RunCertificate, runCertificate } from './store/run-certificate.ts';
import { RunFolder } from './store/run-folder.ts';
import { TurnedAwayLog } from './turned-away-log.ts';
import { stepIn, viewOf } from './view/compose.ts';
import type { Commands, PageData } from './view/view.ts';
import { Pictures } from './view/pictures.ts';
import { Viewers } from './view/viewers.ts';

export interface CoordinatorOptions extends AskedRun {
  readonly listen: { readonly host: string; readonly port: number };
  /** Where metrics and probes are answered besides; null, left out: nowhere. */
  readonly metricsListen?: { readonly host: string; readonly port: number } | null;
  /** Workers must show it; null: none, on a loopback address only. */
  readonly token: string | null;
  /** Shows the run to people who need not be able to join it; null: none. */
  readonly viewToken?: string | null;
  /** Wanted of those who read metrics; null, left out: none is. */
  readonly metricsToken?: string | null;
  /** With what to serve wss://; auto: with what lies in the run's folder, or is made and kept there. Left out: ws://. */
  readonly tls?: KeyAndCertificate | 'auto';
  /** The workers of the run do not end with it: started again, it waits for them, and a pause that it was left in goes on. Left out: they do. */
  readonly workersLiveOn?: boolean;
  readonly onEvent: (event: RunEvent) => void;
  /** How a person continues this run, for sentences. */
  readonly resumeCommand?: string;
  /** What a person types to do it again, and to join in, for the page. */
  readonly commandsOf?: (job: CompleteJob, pin: string | null) => Commands;
  /** For tests; where not given, as in deadlines.ts. */
  readonly deadlines?: Partial<Deadlines>;
}

/** What there is once the dataset and the run folder are open. */
interface Opened {
  readonly run: Run;
  readonly archive: Archive;
  readonly data: DataServer;
}

interface Parts {
  readonly link: LinkServer;
  readonly opened: Opened;
  readonly folder: RunFolder;
  readonly deadlines: Deadlines;
  readonly turnedAway: TurnedAwayLog;
  readonly desk: MetricsDesk;
  readonly viewers: Viewers;
  readonly pin: string | null;
}

/** One process's share of a run that is not training: listens, knows who is there, serves data, keeps what lasts. */
export class Coordinator {
  /** `ws://host:port` or `wss://...`: what workers are given. */
  readonly url: string;
  /** Fingerprint of the certificate that it shows; null: it has no TLS. */
  readonly pin: string | null;
  /** Never rejects: what went wrong is in the exit code, and was told as an event. */
  readonly finished: Promise<{ readonly exitCode: number; readonly summary: RunSummary | null }>;
  readonly #link: LinkServer;
  readonly #opened: Opened;
  readonly #folder: RunFolder;
  readonly #deadlines: Deadlines;
  readonly #turnedAway: TurnedAwayLog;
  readonly #desk: MetricsDesk;
  readonly #viewers: Viewers;
  #closing: Promise<void> | null = null;

  private constructor({ link, opened, folder, deadlines, turnedAway, desk, viewers, pin }: Parts) {
    this.#viewers = viewers;
    this.pin = pin;
    this.#turnedAway = turnedAway;
    this.url = link.url;
    this.#desk = desk;
    this.#link = link;
    this.#opened = opened;
    this.#folder = folder;
    this.#deadlines = deadlines;
    this.finished = opened.run.over;
  }

  /**
   * Everything that can be refused is refused here, before anything is written: settings, address, dataset, run folder.
   *
   * @throws GradsocketError
   */
  static async start(options: CoordinatorOptions): Promise<Coordinator> {
    const folder = new RunFolder(options.runDir);
    try {
      return await Coordinator.#start(options, folder);
    } catch (error) {
      folder.unlock();
      throw error;
    }
  }

  static async #start(options: CoordinatorOptions, folder: RunFolder): Promise<Coordinator> {
    const { listen, token } = options;
    checkToken(token, listen.host);
    const settings = await settingsOf(options, folder);
    const made = options.tls === 'auto' ? await runCertificate(folder, listen.host, new Date()) : null;
    const tls = options.tls === 'auto' ? made?.pair : options.tls;
    const pin = tls === undefined ? null : pinOf(tls);
    const metrics = new Metrics({ version: packageVersion(), certificate: tls?.cert ?? null });
    const reception = new Reception();
    const turnedAway = new TurnedAwayLog(systemClock);
    let opened: Opened | null = null;
    const desk = new MetricsDesk(async () =>
      metrics.expose({
        status: reception.status,
        id: opened?.archive.ledger.id ?? null,
        links: { ...link.traffic, fetches: opened?.data.waiting ?? 0 },
        checkpointsWaiting: opened?.archive.checkpoints.waiting ?? 0,
        freeDisk: opened === null ? null : await folder.disk.free(folder.dir).catch(() => null),
      }),
    );
    const access = new Access({ host: listen.host, token, viewToken: options.viewToken ?? null });
    const viewers = new Viewers({ source: () => reception.view() });
    // The port is taken before a large dataset is read: a wrong address should not show only then.
    const link = await LinkServer.listen({
      listen,
      ...(tls === undefined ? {} : { tls }),
      maxConnections: connectionsFor(options.maxWorkers ?? options.workers),
      onTurnedAway: (why, remote) => {
        metrics.turnedAway(why);
        turnedAway.note(why, remote);
      },
      onRequest: routes(
        {
          host: listen.host,
          token,
          viewToken: options.viewToken ?? null,
          metricsToken: options.metricsToken ?? null,
          isTls: tls !== undefined,
          onWrongToken: (remote) => {
            metrics.turnedAway('wrongToken');
            turnedAway.note('wrongToken', remote);
          },
          status: () => reception.status,
          inspections: () => opened?.archive.inspections ?? [],
          view: (maySteer) => pageData(reception, maySteer),
          picture: (sample) => reception.picture(sample),
          checkpoint: (name) => checkpointFile(folder, name),
          order: (order) => reception.order(order),
          ready: () => reception.ready,
          metrics: () => desk.expose(),
        },
        access,
      ),
    });
    try {
      if (options.metricsListen) {
        await desk.open({
          listen: options.metricsListen,
          token: options.metricsToken ?? null,
          ready: () => reception.ready,
        });
      }
      link.acceptChannels('control', token, (channel) => reception.admit(channel));
      link.acceptSockets(PATHS.view, {
        maxPayload: 1024,
        admit: (_, request) => !isForeign(request) && access.mayLook(request),
        onSocket: (ws) => viewers.admit(ws),
      });
      const deadlines = { ...DEADLINES, ...options.deadlines };
      opened = await open(await prepare(settings), {
        ...options,
        deadlines,
        link,
        desk,
        metrics,
        reception,
        made,
        pin,
      });
      const { archive } = opened;
      turnedAway.open((entry) => archive.log(entry));
      return new Coordinator({ link, opened, folder, deadlines, turnedAway, desk, viewers, pin });
    } catch (error) {
      turnedAway.close();
      await desk.close();
      await link.close();
      throw error;
    }
  }

  /** Nothing is left to do: no worker need come any more. */
  get isOver(): boolean {
    return isOver(this.#opened.run.model);
  }

  /**
   * After the end: until somebody has read the metrics once more, as scrapers come only now and then; `ms` at most, or until an
   * interrupt.
   */
  linger(ms: number): Promise<void> {
    return this.#desk.linger(ms);
  }

  /** Ctrl-C: the first ends the run with a checkpoint, a second one at once. */
  interrupt(reason: string): void {
    this.#desk.hurry();
    this.#opened.run.interrupt(reason);
  }

  /** Saves the state after the running step, and goes on. Returns why not; null: it will. */
  readonly save = (): string | null => this.#opened.run.save();

  /**
   * The process of a worker has ended. `again`: whoever started it will start another in its place; `exit`: what a run ends with that
   * cannot begin without it.
   */
  workerExited(name: string, why: string, again = false, exit: ExitCode = EXIT.tryAgain): void {
    this.#opened.run.workerExited(name, why, again, exit);
  }

  /** Ends what is still going on, then everything else. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { run, archive, data } = this.#opened;
    // Twice, for the first only begins to save.
    run.interrupt('the coordinator was closed');
    run.interrupt('the coordinator was closed');
    await run.over;
    await run.empty(this.#deadlines.goodbye);
    data.close();
    await this.#viewers.close();
    await this.#desk.close();
    await this.#link.close();
    this.#turnedAway.close();
    await archive.close();
    this.#folder.unlock();
  }
}

interface OpenOptions extends CoordinatorOptions {
  readonly deadlines: Deadlines;
  readonly link: LinkServer;
  readonly desk: MetricsDesk;
  readonly metrics: Metrics;
  readonly reception: Reception;
  readonly made: RunCertificate | null;
  readonly pin: string | null;
}

/** Writes what a run has from its beginning, puts its parts together, and lets it begin to wait for workers. */
async function open(prepared: Prepared, options: OpenOptions): Promise<Opened> {
  const { job, plan, dataset, description, beginning, earlier } = prepared;
  const { workers, token, deadlines, link, desk, metrics, reception, made, pin } = options;
  const alarm = new Alarm();
  const tell = (event: RunEvent): void => {
    metrics.observe(event);
    options.onEvent(event);
  };
  prepared.folder.onTaken(alarm.ring);
  const archive = await write(prepared, tell, alarm.ring);
  // Before anybody hears of it: the next start is to show the same.
  await made?.keep();
  const onEvent = (event: RunEvent): void => {
    archive.event(event);
    tell(event);
  };
  const run = new Run({
    workers: { wanted: workers, min: options.minWorkers ?? null, max: options.maxWorkers ?? workers },
    job,
    plan,
    dataset: description,
    skipped: dataset.skipped.length,
    resume: beginning,
    changed: prepared.change !== null,
    paused: archive.chronicle.isPaused,
    workersLiveOn: options.workersLiveOn ?? false,
    earlier,
    // For sentences that name the command with which others join.
    url: reachableUrls(link.url)[0]!,
    resumeCommand: options.resumeCommand ?? resumeCommandOf(prepared.folder.dir),
    keeper: archive,
    hub: await StarReduceHub.create(link, job, description),
    clock: systemClock,
    key: () => randomBytes(32).toString('hex'),
    deadlines,
    onEvent,
    onStale: () => metrics.turnedAway('wrongGeneration'),
    mostStateBytes: mostStateBytes(job, description),
  });
  const data = new DataServer({
    dataset,
    // As many workers again may stand by, and some may come back before their old connection is known to be lost.
    most: 2 * (options.maxWorkers ?? workers) + 8,
    onBroken: (error) => run.fail(error),
    onDamaged: (message) => onEvent({ type: 'warning', message }),
    onSent: (bytes) => metrics.samplesSent(bytes),
  });
  link.acceptChannels('data', token, (channel) => data.serve(channel));
  metrics.opened({
    history: archive.history,
    steps: archive.ledger.steps,
    checkpoint: await onDisk(prepared, archive),
  });
  const { tls } = options;
  const notice = tls === undefined || tls === 'auto' ? (made?.notice ?? null) : datesNotice(tls.cert, Date.now());
  tellOfOpening(prepared, archive, { url: link.url, metricsUrl: desk.url, pin, notice }, onEvent);
  alarm.answer((error) => run.fail(error));
  run.start();
  reception.open({
    run,
    archive,
    plan,
    job,
    dataset: description,
    wanted: workers,
    name: basename(resolve(options.runDir)),
    checkpoints: prepared.folder.checkpoints,
    pictures: new Pictures(dataset),
    commands: options.commandsOf?.(job, pin) ?? { run: resumeCommandOf(prepared.folder.dir), join: null },
  });
  return { run, archive, data };
}

async function pageData(reception: Reception, maySteer: boolean): Promise<PageData> {
  const source = await reception.view();
  return { live: true, maySteer, runs: source === null ? [] : [viewOf(source, Date.now())] };
}

/** By its name, as somebody asks for it who may have made that up. */
async function checkpointFile(folder: RunFolder, name: string): Promise<{ path: string; bytes: number } | null> {
  if (stepIn(name) === null) return null;
  const path = join(folder.checkpoints, name);
  const found = await stat(path).catch(() => null);
  return found?.isFile() === true ? { path, bytes: found.size } : null;
}

/** @throws GradsocketError BAD_CERTIFICATE */
function pinOf({ cert }: KeyAndCertificate): string {
  try {
    return fingerprintOf(cert);
  } catch (error) {
    throw tlsFailure(error);
  }
}

/** The newest checkpoint that is there. */
async function onDisk({ folder }: Prepared, { checkpoints }: Archive): Promise<OnDisk | null> {
  const { savedStep, savedFile } = checkpoints;
  if (savedFile === null) return null;
  const found = await stat(join(folder.dir, savedFile)).catch(() => null);
  return { step: savedStep, time: found?.mtimeMs ?? null, bytes: found?.size ?? null };
}

function resumeCommandOf(dir: string): string {
  return `gradsocket launch --resume --run-dir ${shellWord(dir)}`;
}

/** Parameters, what an optimizer keeps of each, statistics, and what the file says of them: with room to spare. */
function mostStateBytes(job: CompleteJob, { imageShape, classes }: DatasetDescription): number {
  const { length } = stepVectorLayout(buildNetwork(job, imageShape, classes.length));
  return Math.min(LIMITS.checkpointBytes, 8 * Float32Array.BYTES_PER_ELEMENT * length + 2 ** 26);
}
