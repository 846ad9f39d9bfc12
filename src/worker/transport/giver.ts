import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import { partsOf } from '../../shared/checkpoint/assembly.ts';
import type { Snapshot } from './outbox.ts';

/** Vectors that wait for one worker may weigh as much as the state, and this much in any case. */
const LEAST_BOUND = 64 * 2 ** 20;

export interface GiverOptions {
  /** Sends messages no faster than they are taken; false: not all of them. */
  readonly stream: (messages: Iterable<ToCoordinator>, wanted: () => boolean) => Promise<boolean>;
  /** The committed state: a copy. */
  readonly snapshot: () => Snapshot;
  readonly onError: (error: unknown) => void;
  readonly leastBound?: number;
}

interface ReducedVector {
  readonly step: number;
  readonly bytes: Uint8Array;
}

/** A worker that is given state. */
interface Taker {
  readonly to: string;
  readonly follow: boolean;
  /** To be sent before anything else; null: it has been. */
  state: Snapshot | null;
  /** Bytes of the newest state: what waiting vectors are measured by. */
  stateBytes: number;
  vectors: ReducedVector[];
  /** The step whose vector comes after all that is sent or waits. */
  next: number;
  ceased: boolean;
  /** Whether `sending` will take notice of what is added. */
  busy: boolean;
  /** Resolves when nothing waits. */
  sending: Promise<void>;
}

/**
 * Heals others: gives each the committed state, and to those who follow, then, the reduced vector of each step that is
 * committed. Where a taker falls so far behind that vectors weigh more than the state, it is given the state anew; also where the
 * giver was itself given a newer state, and has no vectors of the steps up to there.
 */
export class Giver {
  readonly #options: GiverOptions;
  readonly #takers = new Map<string, Taker>();

  constructor(options: GiverOptions) {
    this.#options = options;
  }

  give(to: string, follow: boolean): void {
    this.cease(to);
    const state = this.#options.snapshot();
    const taker: Taker = {
      to,
      follow,
      state,
      stateBytes: state.file.length,
      vectors: [],
      next: state.step,
      ceased: false,
      busy: false,
      sending: Promise.resolve(),
    };
    this.#takers.set(to, taker);
    this.#send(taker);
  }

  cease(to: string): void {
    const taker = this.#takers.get(to);
    if (taker === undefined) return;
    taker.ceased = true;
    taker.vectors = [];
    this.#takers.delete(to);
  }

  ceaseAll(): void {
    for (const to of this.#takers.keys()) this.cease(to);
  }

  /** A step was committed: `reduced` is its vector, which may change when this has returned. */
  committed(step: number, reduced: Float32Array): void {
    const following = [...this.#takers.values()].filter(({ follow }) => follow);
    if (following.length === 0) return;
    // One copy for all.
    const bytes = new Uint8Array(new Uint8Array(reduced.buffer, reduced.byteOffset, reduced.byteLength));
    const { leastBound = LEAST_BOUND } = this.#options;
    for (const taker of following) {
      const weight = (taker.vectors.length + 1) * bytes.length;
      if (step !== taker.next || weight > Math.max(taker.stateBytes, leastBound)) {
        taker.vectors = [];
        taker.state = this.#options.snapshot();
        taker.stateBytes = taker.state.file.length;
        taker.next = taker.state.step;
      } else {
        taker.vectors.push({ step, bytes });
        taker.next = step + 1;
      }
      this.#send(taker);
    }
  }

  /** Resolves when all that was committed before has been sent to those who follow, or they are given nothing any more. */
  async sent(): Promise<void> {
    await Promise.all([...this.#takers.values()].map(({ sending }) => sending));
  }

  #send(taker: Taker): void {
    if (taker.busy) return;
    taker.busy = true;
    // Not before what is being done about a committed step is done. Its report goes first: whoever dies in between leaves nobody
    // with a step that the coordinator has not heard of.
    taker.sending = Promise.resolve()
      .then(() => this.#sendAll(taker))
      .catch(this.#options.onError);
  }

  async #sendAll(taker: Taker): Promise<void> {
    const wanted = () => !taker.ceased;
    for (let messages = this.#next(taker); messages !== null && wanted(); messages = this.#next(taker)) {
      if (!(await this.#options.stream(messages, wanted)) && wanted()) this.cease(taker.to);
    }
    taker.busy = false;
  }

  #next(taker: Taker): Iterable<ToCoordinator> | null {
    const { to, state } = taker;
    if (state !== null) {
      taker.state = null;
      return addressed('state', partsOf(state.step, state.file), to);
    }
    const vector = taker.vectors.shift();
    if (vector !== undefined) return addressed('reduced', partsOf(vector.step, vector.bytes), to);
    if (!taker.follow) this.cease(to);
    return null;
  }
}

function* addressed(
  type: 'state' | 'reduced',
  parts: ReturnType<typeof partsOf>,
  to: string,
): Generator<ToCoordinator> {
  for (const part of parts) yield { type, ...part, to };
}
