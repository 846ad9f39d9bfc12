import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** Workers differ in something that all of them have alike. */
export interface Difference {
  /** Whether the worker of this id has told by now. */
  readonly hasTold: (worker: string) => boolean;
  /** Who has what, by what was told until now, and what comes of it. */
  readonly sentence: () => string;
}

/**
 * A difference that ends the run. Two alone do not tell who is right, so it is held open for what the others say: a majority names
 * the one to look at.
 */
export interface Dispute extends Difference {
  /** When it was noticed, in milliseconds. */
  readonly since: number;
}

/** `silent`: names of those whose word was not waited for any longer. */
export function verdictOf({ sentence }: Difference, silent: readonly string[]): GradsocketError {
  const missing = silent.length === 0 ? '' : ` ${silent.join(', ')} had not told by then.`;
  return new GradsocketError('REPLICAS_DIVERGED', EXIT.internal, `${sentence()}${missing}`);
}
