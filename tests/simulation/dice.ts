/** Random numbers of one history: the same seed, the same numbers (sfc32). */
export class Dice {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, salt = 0) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = salt >>> 0;
    for (let i = 0; i < 12; i++) this.#next();
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** From 0 to below 1. */
  uniform(): number {
    return this.#next() / 2 ** 32;
  }

  between(from: number, to: number): number {
    return from + this.uniform() * (to - from);
  }

  /** Evenly over magnitudes. */
  magnitude(from: number, to: number): number {
    return from * (to / from) ** this.uniform();
  }

  /** 0 .. count-1 */
  below(count: number): number {
    return Math.floor(this.uniform() * count);
  }

  /** from .. to, both included. */
  int(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!;
  }

  hex(characters: number): string {
    let text = '';
    while (text.length < characters) text += this.#next().toString(16).padStart(8, '0');
    return text.slice(0, characters);
  }
}
