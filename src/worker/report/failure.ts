import { EXIT } from '../../shared/errors.ts';
import { knownError } from '../../shared/known-error.ts';
import type { Log } from './log.ts';

/** How this worker fails, in the words of the protocol. */
export interface Failure {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
}

/** A user's mistake is a sentence; of anything else, which is a bug of ours, the log gets the stack. */
export function failureOf(error: unknown, log: Log): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const known = knownError(error);
  if (known !== null) return { code: known.code, exitCode: known.exitCode, message: known.message };
  log(error instanceof Error ? (error.stack ?? message) : message);
  return { code: 'INTERNAL', exitCode: EXIT.internal, message: `Unexpected: ${message}` };
}
