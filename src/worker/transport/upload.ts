import { stateParts } from '../../shared/checkpoint/assembly.ts';
import type { WorkerChannel } from '../../shared/link/channel.ts';

/** Sends checkpoint files to the coordinator, one after the other, no faster than it reads. */
export class Uploads {
  readonly #control: Pick<WorkerChannel, 'send' | 'drained'>;
  #running: Promise<void> = Promise.resolve();

  constructor(control: Pick<WorkerChannel, 'send' | 'drained'>) {
    this.#control = control;
  }

  /** After the uploads before this one. Resolves when all is sent. */
  add(step: number, file: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#running = this.#follow(this.#running, step, file);
    return this.#running;
  }

  async #follow(earlier: Promise<void>, step: number, file: Uint8Array<ArrayBuffer>): Promise<void> {
    await earlier;
    for (const part of stateParts(step, file)) {
      this.#control.send(part);
      await this.#control.drained();
    }
  }

  /** Resolves when nothing is under way; rejects if an upload failed. */
  idle(): Promise<void> {
    return this.#running;
  }
}
