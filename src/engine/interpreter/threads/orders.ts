/** Numbers that a kernel takes at most. */
const ARGUMENTS = 24;

/** Instead of a kernel's number. */
const NOTHING = -1;
const LEAVE = -2;

/** After this one they begin at 1 again. */
const LAST_ROUND = 2 ** 30;

const ROUND = 0;
const WORDS_BEFORE_MEMBERS = 1;

/** A call of a kernel, by its number. */
export interface Order {
  readonly kernel: number;
  readonly arguments: readonly number[];
}

/**
 * Where the engine's thread writes what each member of its team has to do, and members write that they have done it. Work
 * goes by rounds: a new number of the round wakes all members, and a round ends when the last member has answered it.
 */
export class Orders {
  readonly buffer: SharedArrayBuffer;
  readonly #members: number;
  /** The round; then for each member the last round that it has answered (negative: it failed) and its order. */
  readonly #words: Int32Array;
  readonly #arguments: Float64Array;

  constructor(members: number, buffer = new SharedArrayBuffer(Orders.#argumentsAt(members) + members * ARGUMENTS * 8)) {
    this.buffer = buffer;
    this.#members = members;
    this.#words = new Int32Array(buffer, 0, WORDS_BEFORE_MEMBERS + 2 * members);
    this.#arguments = new Float64Array(buffer, Orders.#argumentsAt(members));
  }

  /** Wakes the members, each with its order; null: nothing to do for this one. */
  give(orders: readonly (Order | null)[]): void {
    for (const [member, order] of orders.entries()) {
      this.#words[this.#orderAt(member)] = order?.kernel ?? NOTHING;
      if (order !== null) this.#arguments.set(order.arguments, member * ARGUMENTS);
    }
    this.#begin();
  }

  /** Tells the members to end. Nobody answers. */
  dismiss(): void {
    for (let member = 0; member < this.#members; member++) this.#words[this.#orderAt(member)] = LEAVE;
    this.#begin();
  }

  /**
   * Blocks until all members have answered the round. False: at least one failed. A member does not end before it has
   * answered: it runs kernels and nothing else, whose traps are caught, and its heap does not grow.
   */
  awaitAnswers(): boolean {
    const round = Atomics.load(this.#words, ROUND);
    let sound = true;
    for (let member = 0; member < this.#members; member++) {
      const at = this.#answerAt(member);
      let answer = Atomics.load(this.#words, at);
      while (Math.abs(answer) !== round) {
        Atomics.wait(this.#words, at, answer);
        answer = Atomics.load(this.#words, at);
      }
      sound &&= answer > 0;
    }
    return sound;
  }

  /** A member's whole life: does what it is told, round after round, until it is told to leave. */
  obey(member: number, carryOut: (order: Order) => void): void {
    for (let round = 0; ; ) {
      Atomics.wait(this.#words, ROUND, round);
      const next = Atomics.load(this.#words, ROUND);
      // Awake for no reason.
      if (next === round) continue;
      round = next;
      const kernel = this.#words[this.#orderAt(member)]!;
      if (kernel === LEAVE) return;
      let answer = round;
      try {
        const first = member * ARGUMENTS;
        if (kernel !== NOTHING) {
          carryOut({ kernel, arguments: [...this.#arguments.subarray(first, first + ARGUMENTS)] });
        }
      } catch {
        answer = -round;
      }
      Atomics.store(this.#words, this.#answerAt(member), answer);
      Atomics.notify(this.#words, this.#answerAt(member));
    }
  }

  #begin(): void {
    Atomics.store(this.#words, ROUND, (Atomics.load(this.#words, ROUND) % LAST_ROUND) + 1);
    Atomics.notify(this.#words, ROUND);
  }

  #answerAt(member: number): number {
    return WORDS_BEFORE_MEMBERS + 2 * member;
  }

  #orderAt(member: number): number {
    return this.#answerAt(member) + 1;
  }

  static #argumentsAt(members: number): number {
    return Math.ceil((WORDS_BEFORE_MEMBERS + 2 * members) / 2) * 8;
  }
}
