import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** What a worker's own microbatches came to in a step. */
export interface OwnSum {
  readonly name: string;
  readonly lossSum: number;
}

/**
 * A step whose sums are not finite, of which only some of the workers are to blame: their own samples' losses are not finite, those
 * of the others are. Null: it is nobody's in particular, so training has diverged.
 */
export function poisoned(step: number, own: readonly OwnSum[]): GradsocketError | null {
  const bad = own.filter(({ lossSum }) => !Number.isFinite(lossSum)).map(({ name }) => name);
  if (bad.length === 0 || bad.length === own.length) return null;
  return new GradsocketError(
    'POISONED',
    EXIT.internal,
    `The loss of step ${step + 1} is not finite at ${bad.join(', ')} alone: ${bad.length === 1 ? 'this worker computes' : 'these workers compute'} ` +
      'wrong numbers, the others do not. No checkpoint holds them. Look at its machine, memory and drivers, and go on without it.',
  );
}
