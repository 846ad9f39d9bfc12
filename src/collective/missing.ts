import { EXIT, GradsocketError } from '../shared/errors.ts';

/** Not everybody of the generation could be reached. `ranks`: who is missing. */
export class PeersMissing extends GradsocketError {
  readonly ranks: readonly number[];

  constructor(ranks: readonly number[], message: string, cause?: unknown) {
    super('PEERS_MISSING', EXIT.tryAgain, message, { cause });
    this.name = 'PeersMissing';
    this.ranks = ranks;
  }
}
