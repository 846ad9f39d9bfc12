/** Words of others for one thing. */
export interface Row {
  /** With spaces between them; with dashes, in small letters. */
  readonly theirs: string;
  /** Our words for it, of which that counts which the command has; none: we have no such thing. */
  readonly ours?: string;
  /** Whole sentences, where that is not certain or not all. */
  readonly hint?: string;
}
