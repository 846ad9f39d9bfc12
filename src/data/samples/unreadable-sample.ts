import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** A sample that is there and cannot be read. */
export class UnreadableSample extends GradsocketError {
  readonly path: string;
  /** Why; continues `FILE cannot be decoded: `. */
  readonly reason: string;

  constructor(path: string, reason: string, cause?: unknown) {
    const sentence = `${path} cannot be read: ${reason}. Make it readable, or remove it.`;
    super('DATA_UNREADABLE', EXIT.badData, sentence, { cause });
    this.path = path;
    this.reason = reason;
  }
}
