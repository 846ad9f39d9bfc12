import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { Recorded } from '../session/model.ts';

/** What is told of committed steps, and told again when it may have been lost. */
export type Kept = Extract<ToCoordinator, { type: 'step' | 'evaluated' | 'weights' }>;

/** A checkpoint file. */
export interface Snapshot {
  readonly step: number;
  readonly file: Uint8Array<ArrayBuffer>;
}

/**
 * What a worker has told, or has to tell, of what it committed, until the coordinator has it on its disk. Of checkpoints
 * only the newest is kept: they are large, and it is the one that matters.
 */
export class Outbox {
  /** By what they tell of: told anew, it replaces what was told before. In the order of telling. */
  readonly #messages = new Map<string, Kept>();
  #snapshot: Snapshot | null = null;

  keep(message: Kept): void {
    this.#messages.set(`${message.type} ${message.step}`, message);
  }

  keepSnapshot(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** So much is on the disk. */
  recorded({ steps, evaluated, saved }: Recorded): void {
    for (const [key, message] of this.#messages) {
      if (isRecorded(message)) this.#messages.delete(key);
    }
    if (this.#snapshot !== null && this.#snapshot.step <= saved) this.#snapshot = null;

    function isRecorded(message: Kept): boolean {
      switch (message.type) {
        case 'step':
          return message.step < steps;
        case 'evaluated':
          return message.step <= evaluated;
        case 'weights':
          return message.step <= saved;
      }
    }
  }

  clear(): void {
    this.#messages.clear();
    this.#snapshot = null;
  }

  get messages(): readonly Kept[] {
    return [...this.#messages.values()];
  }

  get snapshot(): Snapshot | null {
    return this.#snapshot;
  }
}
