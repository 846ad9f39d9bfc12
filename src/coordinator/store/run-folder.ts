import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFailure, writeFileAtomically } from '../../shared/checkpoint/atomic-file.ts';
import { createFolder } from '../../shared/create-folder.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { jobFromYaml, jobToYaml } from '../../shared/job/document.ts';
import type { RunSummary } from '../events.ts';
import { runSummary } from '../progress/summary.ts';
import type { CompleteJob } from './job-file.ts';

/** The folder of one run: names of its files, and the small ones that are written whole. */
export class RunFolder {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  get metricsFile(): string {
    return join(this.dir, 'metrics.jsonl');
  }

  get ledgerFile(): string {
    return join(this.dir, 'ledger.jsonl');
  }

  get logFile(): string {
    return join(this.dir, 'logs', 'coordinator.log');
  }

  get checkpoints(): string {
    return join(this.dir, 'checkpoints');
  }

  /** A new run never overwrites an older one. */
  async refuseIfTaken(): Promise<void> {
    const found = await stat(this.#jobFile).catch(() => null);
    if (found === null) return;
    throw new GradsocketError(
      'RUN_EXISTS',
      EXIT.configuration,
      `${this.dir} already holds a run. Continue it with --resume, or choose another --run-dir.`,
    );
  }

  /** Makes the folder of a new run. */
  async create(): Promise<void> {
    await this.refuseIfTaken();
    await this.#makeFolders();
  }

  /** The complete job of the run that is to go on. */
  async open(): Promise<CompleteJob> {
    const text = await readFile(this.#jobFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
      const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
      const why = missing ? 'there is no job.yaml' : error.message;
      throw new GradsocketError(
        'NO_RUN',
        EXIT.configuration,
        `${this.dir} holds no run to resume: ${why}. Leave out --resume to start one.`,
        { cause: error },
      );
    });
    const job = jobFromYaml(text, this.#jobFile);
    if (job.microbatches === null) {
      throw new GradsocketError(
        'JOB_INCOMPLETE',
        EXIT.configuration,
        `${this.#jobFile} does not say how many microbatches the run was begun with. Set \`microbatches\` there to the ` +
          `number of workers that it had at its start.`,
      );
    }
    await this.#makeFolders();
    return { ...job, microbatches: job.microbatches };
  }

  writeJob(job: CompleteJob): Promise<void> {
    return writeFileAtomically(this.#jobFile, jobToYaml(job));
  }

  /** Null where there is none yet, or none that can be read: it is an account of the run, not its state. */
  async readSummary(): Promise<RunSummary | null> {
    try {
      return runSummary.parse(JSON.parse(await readFile(this.#summaryFile, 'utf8')));
    } catch {
      return null;
    }
  }

  writeSummary(summary: RunSummary): Promise<void> {
    return writeFileAtomically(this.#summaryFile, `${JSON.stringify(summary, null, 2)}\n`);
  }

  get #summaryFile(): string {
    return join(this.dir, 'summary.json');
  }

  get #jobFile(): string {
    return join(this.dir, 'job.yaml');
  }

  async #makeFolders(): Promise<void> {
    try {
      for (const folder of [this.checkpoints, join(this.dir, 'logs')]) await createFolder(folder);
    } catch (error) {
      throw writeFailure(this.dir, 0, error);
    }
  }
}
