import type { Clock } from '../../shared/clock.ts';
import { changesFacts, type Effect } from './effect.ts';
import type { Facts, Terms } from './facts.ts';
import type { Input } from './input.ts';
import type { RunModel } from './model.ts';
import { next, type World } from './next.ts';
import { asGradsocketError } from './outcome.ts';
import { wakeAt } from './wake.ts';
import { WakeUp } from './wake-up.ts';

export interface MachineOptions {
  /** Where the run begins. */
  readonly model: RunModel;
  readonly clock: Clock;
  readonly facts: Facts;
  readonly terms: Terms;
  /** Does what `next` wants done. */
  readonly act: (effect: Effect) => void;
}

/** Keeps the model of a run: gives `next` one input after the other, and has done what it wants done. */
export class Machine {
  readonly #options: MachineOptions;
  readonly #wakeUp: WakeUp;
  readonly #queue: Input[] = [];
  #model: RunModel;
  #busy = false;
  /** When it last looked at what has passed. */
  #looked = Number.NEGATIVE_INFINITY;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#model = options.model;
    this.#wakeUp = new WakeUp(options.clock, () => this.take({ type: 'tick' }));
  }

  /** Immutable: another one after each input. */
  get model(): RunModel {
    return this.#model;
  }

  /** What comes of what is done is taken after it. */
  take(input: Input): void {
    this.#queue.push(input);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (;;) {
        const first = this.#queue.shift();
        if (first === undefined) break;
        this.#turn(first);
      }
    } finally {
      this.#busy = false;
    }
    this.arm();
  }

  /** The run cannot go on, and no state is worth saving. */
  break(error: unknown): void {
    this.take({ type: 'broken', error: asGradsocketError(error) });
  }

  /** Looks again when `next` has to; what moves that without being an input says so here. */
  arm(): void {
    if (this.#busy) return;
    // What passes between that look and this one has not been looked at: a timer may fire a moment too early.
    this.#wakeUp.by(wakeAt(this.#model, { ...this.#world, now: this.#looked }));
  }

  #turn(input: Input): void {
    const world = this.#world;
    this.#looked = world.now;
    const { model, effects } = next(this.#model, input, world);
    this.#model = model;
    try {
      for (const effect of effects) this.#options.act(effect);
    } catch (error) {
      this.break(error);
    }
    if (effects.some(changesFacts)) this.#queue.unshift({ type: 'tick' });
  }

  get #world(): World {
    const { clock, facts, terms } = this.#options;
    return { now: clock.now(), facts, terms };
  }
}
