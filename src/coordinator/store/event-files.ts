import { join } from 'node:path';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { nodeDisk } from '../../shared/disk.ts';
import { handedOnJob } from '../../shared/job/handed-on.ts';
import type { Job } from '../../shared/job/schema.ts';
import type { SummaryValue } from '../tensorboard/event.ts';
import { HPARAMS_PLUGIN, HPARAMS_TAG, hparamsContent, hparamsOf } from '../tensorboard/hparams.ts';
import { EventFile, type EventFileOptions } from './event-file.ts';

/**
 * What TensorBoard shows of a run: two of its own runs, `train` and `validation`, with the same tags, so that it draws both into one
 * chart.
 */
export class EventFiles {
  readonly #train: EventFile;
  readonly #validation: EventFile;

  private constructor(train: EventFile, validation: EventFile) {
    this.#train = train;
    this.#validation = validation;
  }

  /** `dir`: of the run, whose settings are said there once. */
  static async open({ dir, ...options }: EventFileOptions, job: Job): Promise<EventFiles> {
    const disk = options.file.disk ?? nodeDisk;
    if (options.startStep === 0) await tellSettings({ dir, ...options }, job);
    const open = async (name: string): Promise<EventFile> => {
      await disk.makeFolder(join(dir, name)).catch((error: unknown) => {
        throw writeFailure(join(dir, name), 0, error);
      });
      return EventFile.open({ ...options, dir: join(dir, name) });
    };
    const train = await open('train');
    try {
      return new EventFiles(train, await open('validation'));
    } catch (error) {
      await train.close();
      throw error;
    }
  }

  /** As in EventFile. */
  rewind(steps: number): void {
    this.#train.rewind(steps);
    this.#validation.rewind(steps);
  }

  train(step: number, values: readonly SummaryValue[]): void {
    this.#train.summary(step, values);
  }

  validation(step: number, values: readonly SummaryValue[]): void {
    this.#validation.summary(step, values);
  }

  async close(): Promise<void> {
    await Promise.all([this.#train.close(), this.#validation.close()]);
  }
}

/**
 * TensorBoard's table of hyperparameters has a row for a folder that says its own, with the figures of the folders in it. Event files
 * are handed on: where files lie is in job.yaml alone.
 */
async function tellSettings(options: EventFileOptions, job: Job): Promise<void> {
  const file = await EventFile.open(options);
  const content = hparamsContent(hparamsOf(handedOnJob(job)), options.now() / 1000);
  file.summary(0, [{ tag: HPARAMS_TAG, plugin: HPARAMS_PLUGIN, content }]);
  await file.close();
}
