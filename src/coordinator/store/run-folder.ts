import { existsSync } from 'node:fs';
import { readlink, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { clearTemporary, writeFailure, writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import { CheckpointFolder, checkpointName } from '../../shared/checkpoint/folder.ts';
import { readKnownSamples, sampleKey, writeKnownSamples } from '../../shared/checkpoint/known-samples.ts';
import { type Disk, nodeDisk } from '../../shared/disk.ts';
import type { Dataset } from '../../data/samples/dataset.ts';
import { someOf } from '../../data/files/some.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type FileLock, lockFolder, type LockOptions } from '../../shared/lock.ts';
import { parseConfig } from '../../shared/job/config.ts';
import { jobFromYaml, jobToYaml, settingsText } from '../../shared/job/document.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { type Job, jobSchema } from '../../shared/job/schema.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import { textOfBytes } from '../../shared/text-of-bytes.ts';
import type { RunSummary } from '../progress/events.ts';
import { runSummary } from '../progress/summary.ts';
import { fencedDisk } from './fenced-disk.ts';
import type { CompleteJob } from '../../shared/job/complete.ts';

/** The folder of one run: names of its files, and the small ones that are written whole. */
export class RunFolder {
  readonly dir: string;
  /** Through which goes what lasts. */
  readonly disk: Disk;
  #lock: FileLock | null = null;
  #onTaken: (error: GradsocketError) => void = () => undefined;

  constructor(dir: string, disk: Disk = nodeDisk) {
    this.dir = dir;
    this.disk = fencedDisk(disk, () => {
      if (this.#lock?.isOurs === false) throw this.#takenOver();
    });
  }

  /** `listener` is told when another process leads the run by now. Nothing is written from then on. */
  onTaken(listener: (error: GradsocketError) => void): void {
    this.#onTaken = listener;
  }

  get jobFile(): string {
    return join(this.dir, 'job.yaml');
  }

  get metricsFile(): string {
    return join(this.dir, 'metrics.jsonl');
  }

  get summaryFile(): string {
    return join(this.dir, 'summary.json');
  }

  /** Looks inside the network, where the job asks for them. */
  get inspectFile(): string {
    return join(this.dir, 'inspect.jsonl');
  }

  get ledgerFile(): string {
    return join(this.dir, 'ledger.jsonl');
  }

  /** Of the newest generation. */
  get keyFile(): string {
    return join(this.dir, 'generation.key');
  }

  /** Of a certificate that was made for the run; only its owner can read it. */
  get tlsKeyFile(): string {
    return join(this.dir, 'tls-key.pem');
  }

  get tlsCertFile(): string {
    return join(this.dir, 'tls-cert.pem');
  }

  get logFile(): string {
    return join(this.dir, 'logs', 'coordinator.log');
  }

  get checkpoints(): string {
    return join(this.dir, 'checkpoints');
  }

  /** A new run never overwrites an older one, and lies in no folder that is something else. `data`: what it trains on. */
  async refuseIfTaken(data: string): Promise<void> {
    const found = await stat(this.dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOTDIR') throw this.#taken('would lie below a file. Name a folder with --run-dir.');
      if (error.code !== 'ENOENT') throw writeFailure(this.dir, 0, error);
      return null;
    });
    if (found === null) return this.#refuseIfLost();
    if (!found.isDirectory()) throw this.#taken('is a file. Name a folder with --run-dir.');
    if (existsSync(this.jobFile)) {
      throw this.#taken('already holds a run. Continue it with --resume, or choose another --run-dir.');
    }
    if (existsSync(this.#sweepFile)) throw this.#taken('holds a sweep. Choose another --run-dir.');
    const ofData = await stat(data).catch(() => null);
    if (ofData !== null && ofData.ino === found.ino && ofData.dev === found.dev) {
      throw this.#taken('is the folder of the data: a run in it would become part of it. Choose another --run-dir.');
    }
    const kept = await this.#firstKept();
    if (kept === null) return;
    throw this.#taken(
      `holds ${kept} and no job.yaml: it is of something else, or of a run whose job.yaml is gone, and would be lost. Choose another --run-dir.`,
    );
  }

  /** What lies there that a new run would write over, cut off or remove. All of it but the samples comes after job.yaml. */
  async #firstKept(): Promise<string | null> {
    const files = [this.ledgerFile, this.metricsFile, this.summaryFile];
    const written = files.find((file) => existsSync(file));
    if (written !== undefined) return basename(written);
    if (existsSync(this.#samplesFile) && (await readKnownSamples(this.#samplesFile)) === null) {
      return basename(this.#samplesFile);
    }
    const checkpoints = await CheckpointFolder.existing(this.checkpoints).catch(() => null);
    const [newest] = (await checkpoints?.steps()) ?? [];
    return newest === undefined ? null : join('checkpoints', checkpointName(newest));
  }

  /** A folder cannot be made where a link leads that leads nowhere. */
  async #refuseIfLost(): Promise<void> {
    for (let path = resolve(this.dir); path !== dirname(path); path = dirname(path)) {
      const target = await readlink(path).catch((error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' ? '' : null,
      );
      // Nothing is there, and may be made.
      if (target === '') continue;
      if (target === null || existsSync(path)) return;
      throw this.#taken(
        `leads through the link ${path} to ${target}, which does not exist. Mend that link, or choose another --run-dir.`,
      );
    }
  }

  /**
   * Keeps other coordinators out until `unlock`, or until this process is gone. Makes the folder where it is missing.
   *
   * @throws GradsocketError RUN_RUNNING, with the process that leads the run in it
   */
  async lock(options: LockOptions = {}): Promise<void> {
    try {
      this.#lock ??= await lockFolder(join(this.dir, 'run.lock'), {
        onLost: () => this.#onTaken(this.#takenOver()),
        ...options,
        code: 'RUN_RUNNING',
        what: 'a run',
      });
    } catch (error) {
      throw error instanceof GradsocketError ? error : writeFailure(this.dir, 0, error);
    }
  }

  unlock(): void {
    this.#lock?.release();
    this.#lock = null;
  }

  /** Makes what is missing of the folder, once nothing is left that could be refused. */
  async make(): Promise<void> {
    try {
      for (const folder of [this.checkpoints, join(this.dir, 'logs')]) await this.disk.makeFolder(folder);
      const own = [
        this.jobFile,
        this.#samplesFile,
        this.summaryFile,
        this.keyFile,
        this.tlsKeyFile,
        this.tlsCertFile,
      ].map((file) => basename(file));
      await clearTemporary(this.disk, this.dir, (name) => own.includes(name));
      await this.sync();
      // So that the run is still there, too. Whoever may make folders in one need not be allowed to look into it.
      await this.disk.syncFolder(dirname(this.dir)).catch(() => undefined);
    } catch (error) {
      throw writeFailure(this.dir, 0, error);
    }
  }

  /** Until the names of all files in it are on the disk. */
  async sync(): Promise<void> {
    try {
      await this.disk.syncFolder(this.dir);
    } catch (error) {
      throw writeFailure(this.dir, 0, error);
    }
  }

  /** The complete job of the run that is to go on. Changes nothing. */
  async open(): Promise<CompleteJob> {
    const text = await this.#readJob().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
      const advice = existsSync(this.#sweepFile)
        ? 'It holds a sweep: go on with that by gradsocket sweep --resume --sweep-dir.'
        : 'Leave out --resume to start one, or pass --resume auto.';
      throw new GradsocketError(
        'NO_RUN',
        EXIT.configuration,
        `${this.dir} holds no run to resume: there is no job.yaml. ${advice}`,
        {
          cause: error,
        },
      );
    });
    const job = jobFromYaml(text, this.jobFile);
    if (job.microbatches === null) {
      throw new GradsocketError(
        'JOB_INCOMPLETE',
        EXIT.configuration,
        `${this.jobFile} does not say how many microbatches the run was begun with. Set \`microbatches\` there to the ` +
          `number of workers that it had at its start.`,
      );
    }
    return { ...job, microbatches: job.microbatches };
  }

  /** Whether job.yaml says anything of a setting: versions before did not keep all that there are now. */
  async keeps(setting: keyof CompleteJob): Promise<boolean> {
    const text = await this.#readJob();
    return parseConfig(text, this.jobFile, fieldsOf(jobSchema)).values.has(setting);
  }

  /** The job of a run, as it lies there. */
  async readJob(): Promise<Job> {
    return jobFromYaml(await this.#readJob(), this.jobFile);
  }

  async #readJob(): Promise<string> {
    return settingsText(await this.disk.read(this.jobFile), this.jobFile);
  }

  writeJob(job: CompleteJob): Promise<void> {
    return writeFileAtomically(this.jobFile, jobToYaml(job), { disk: this.disk });
  }

  /** Of the samples of a run that goes on, what was kept at its start stays. */
  async keepSamples(dataset: Dataset, resume: boolean): Promise<void> {
    const { digest, trainSamples, validationSamples } = dataset.description;
    const known = resume ? await readKnownSamples(this.#samplesFile) : null;
    if (known?.dataset === digest) return;
    const keys = (split: Split, count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => sampleKey(dataset.sha256Of(split, index)));
    await writeKnownSamples(this.#samplesFile, {
      dataset: digest,
      train: keys('train', trainSamples),
      validation: keys('validation', validationSamples),
    });
  }

  /** What is other in the data than at the start of the run, as far as that is known; to go before another sentence. */
  async changesIn(dataset: Dataset): Promise<string> {
    const { trainSamples, validationSamples } = dataset.description;
    const known = await readKnownSamples(this.#samplesFile);
    if (known === null) return '';
    const present = new Set<string>();
    const unknown: string[] = [];
    for (const [split, count] of [['train', trainSamples] as const, ['validation', validationSamples] as const]) {
      for (let index = 0; index < count; index++) {
        const key = sampleKey(dataset.sha256Of(split, index));
        present.add(key);
        if (!known.train.has(key) && !known.validation.has(key)) unknown.push(dataset.nameOf(split, index));
      }
    }
    const gone = [...known.train, ...known.validation].filter((key) => !present.has(key)).length;
    const added = unknown.length === 0 ? [] : [`${unknown.length} new or changed (${someOf(unknown)})`];
    const all = [...added, ...(gone === 0 ? [] : [`${gone} not there any more`])];
    return all.length === 0 ? '' : ` Of the samples, ${all.join(', ')}.`;
  }

  /** Null where there is none yet, or none that can be read: it is an account of the run, not its state. */
  async readSummary(): Promise<RunSummary | null> {
    try {
      return runSummary.parse(JSON.parse(textOfBytes(await this.disk.read(this.summaryFile))));
    } catch {
      return null;
    }
  }

  writeSummary(summary: RunSummary): Promise<void> {
    return writeFileAtomically(this.summaryFile, `${JSON.stringify(summary, null, 2)}\n`, { disk: this.disk });
  }

  get #samplesFile(): string {
    return join(this.dir, 'samples.json');
  }

  get #sweepFile(): string {
    return join(this.dir, 'sweep.yaml');
  }

  #takenOver(): GradsocketError {
    return new GradsocketError(
      'RUN_TAKEN',
      EXIT.tryAgain,
      `Another process has taken over the run in ${this.dir} while this one stood still and gave no sign of life. ` +
        'That one goes on with it; this one writes nothing more.',
    );
  }

  #taken(why: string): GradsocketError {
    return new GradsocketError('RUN_EXISTS', EXIT.configuration, `${this.dir} ${why}`);
  }
}
