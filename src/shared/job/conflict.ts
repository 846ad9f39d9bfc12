/** Settings that are fine each alone and wrong together. */
export interface Conflict {
  /** `Field.key`s, the one that was probably meant to differ first. */
  readonly keys: readonly string[];
  readonly message: string;
}
