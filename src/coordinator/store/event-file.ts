import { hostname } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '../../shared/disk.ts';
import { AppendFile, type AppendOptions } from './append-file.ts';
import { type Moment, restartEvent, type SummaryValue, summaryEvent, versionEvent } from '../tensorboard/event.ts';
import { recordOf } from '../tensorboard/record.ts';

const PREFIX = 'events.out.tfevents.';

export interface EventFileOptions {
  /** TensorBoard shows all event files of one folder as one run, in the order of their names. */
  readonly dir: string;
  /** Committed steps that the run goes on after; 0: a new run. */
  readonly startStep: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly file: AppendOptions;
}

/** What TensorBoard reads while a run is under way. A run that goes on begins another file. */
export class EventFile {
  readonly #file: AppendFile;
  readonly #now: () => number;

  private constructor(file: AppendFile, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  static async open({ dir, startStep, now, file }: EventFileOptions): Promise<EventFile> {
    const names = await (file.disk ?? nodeDisk).list(dir);
    const earlier = names.filter((name) => name.startsWith(PREFIX)).map((name) => Number(name.split('.').at(-1)));
    // Not how many there are: a power failure may have taken one from between the others.
    const number = Math.max(-1, ...earlier.filter(Number.isInteger)) + 1;
    const seconds = now() / 1000;
    const host = hostname().replace(/[^\w.-]/g, '-');
    const name = `${PREFIX}${String(Math.floor(seconds)).padStart(10, '0')}.${host}.${number}`;
    const events = new EventFile(await AppendFile.open(join(dir, name), null, file), now);
    events.#append(versionEvent(seconds));
    if (earlier.length > 0) events.rewind(startStep);
    return events;
  }

  /** Takes back what was written of all behind the first `steps` steps: readers drop it. */
  rewind(steps: number): void {
    this.#append(restartEvent(this.#moment(steps + 1)));
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
