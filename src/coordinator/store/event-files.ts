import { join } from 'node:path';
import { writeFailure } from '../../shared/checkpoint/atomic-file.ts';
import { nodeDisk } from '../../shared/disk.ts';
import type { SummaryValue } from '../tensorboard/event.ts';
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

  /** `dir`: of the run. */
  static async open({ dir, ...options }: EventFileOptions): Promise<EventFiles> {
    const disk = options.file.disk ?? nodeDisk;
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
