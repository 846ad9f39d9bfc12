/**
 * Takes word that something broke from what is there before anybody can act on it. The first is kept until then; there need be
 * no other, as one ends the run.
 */
export class Alarm {
  #first: { readonly error: unknown } | null = null;
  #answer: ((error: unknown) => void) | null = null;

  readonly ring = (error: unknown): void => {
    if (this.#answer !== null) this.#answer(error);
    else this.#first ??= { error };
  };

  /** `answer` is called for whatever rang, or will ring. */
  answer(answer: (error: unknown) => void): void {
    this.#answer = answer;
    if (this.#first !== null) answer(this.#first.error);
  }
}
