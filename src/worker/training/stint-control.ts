import type { ToEngine } from '../messages/to-engine.ts';

export type Committed = Extract<ToEngine, { type: 'committed' }>;

/** What the transport thread says about the steps of one stint, as the training loop waits for it. */
export class StintControl {
  #halted = false;
  #committed: Committed | null = null;
  #wake: (() => void) | null = null;

  /** The running step will not be committed, and no other begins. */
  get halted(): boolean {
    return this.#halted;
  }

  halt(): void {
    this.#halted = true;
    this.#wake?.();
  }

  commit(message: Committed): void {
    this.#committed = message;
    this.#wake?.();
  }

  /** The commit of the running step; null: it was halted. */
  async next(): Promise<Committed | null> {
    while (!this.#halted && this.#committed === null) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const committed = this.#halted ? null : this.#committed;
    this.#committed = null;
    return committed;
  }
}
