import { denied } from './denied.ts';
import { GradsocketError } from './errors.ts';
import { exhausted } from './exhausted.ts';

/** What an error says that a person can do something about, ours or the system's; null: it is a mistake of ours. */
export function knownError(error: unknown): GradsocketError | null {
  return error instanceof GradsocketError ? error : (exhausted(error) ?? denied(error));
}
