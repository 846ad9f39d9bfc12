import { EXIT, GradsocketError } from '../errors.ts';
import type { Job } from './schema.ts';

/** @throws GradsocketError where a rate is still to be found, which only who has workers of its own can do */
export function requireKnownRate({ lr }: Pick<Job, 'lr'>): void {
  if (lr !== 'auto') return;
  throw new GradsocketError(
    'LR_AUTO',
    EXIT.configuration,
    '--lr auto is for gradsocket launch, which tries rates with workers of its own before it trains. Give a number here.',
  );
}
