import { EXIT, type ExitCode, GradsocketError } from '../shared/errors.ts';

export interface Failure {
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** What is said of an error: a sentence where a user can do something, all we know where it is our own mistake. */
export function failureOf(error: unknown): Failure {
  if (error instanceof GradsocketError) return { text: error.message, exitCode: error.exitCode };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `This is a bug in gradsocket, please report it:\n${detail}`, exitCode: EXIT.internal };
}

/** How failures begin on stderr; `launch` finds a worker's sentence in its log by it. */
export const FAILURE_PREFIX = 'gradsocket: ';

export function printFailure(text: string): void {
  process.stderr.write(`${FAILURE_PREFIX}${text}\n`);
}
