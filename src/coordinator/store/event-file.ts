import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AppendFile } from './append-file.ts';
import { type Moment, restartEvent, type SummaryValue, summaryEvent, versionEvent } from '../tensorboard/event.ts';
import { recordOf } from '../tensorboard/record.ts';

const PREFIX = 'events.out.tfevents.';

export interface EventFileOptions {
  /** TensorBoard shows all event files of one folder as one run, in the order of their names. */
  readonly dir: string;
  /** Committed steps of the checkpoint that the run goes on from; 0: a new run. */
  readonly startStep: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly onError: (error: Error) => void;
}

/** What TensorBoard reads while a run is under way. A run that goes on begins another file. */
export class EventFile {
  readonly #file: AppendFile;
  readonly #now: () => number;

  private constructor(file: AppendFile, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  static async open({ dir, startStep, now, onError }: EventFileOptions): Promise<EventFile> {
    const earlier = (await readdir(dir)).filter((name) => name.startsWith(PREFIX)).length;
    const seconds = now() / 1000;
    const host = hostname().replace(/[^\w.-]/g, '-');
    const name = `${PREFIX}${String(Math.floor(seconds)).padStart(10, '0')}.${host}.${earlier}`;
    const events = new EventFile(await AppendFile.open(join(dir, name), null, onError), now);
    events.#append(versionEvent(seconds));
    if (earlier > 0) events.#append(restartEvent({ seconds, step: startStep + 1 }));
    return events;
  }

  /** `step`: committed steps. */
  summary(step: number, values: readonly SummaryValue[]): void {
    if (values.length > 0) this.#append(summaryEvent(this.#moment(step), values));
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #moment(step: number): Moment {
    return { seconds: this.#now() / 1000, step };
  }

  #append(event: Uint8Array): void {
    this.#file.append(recordOf(event));
  }
}
