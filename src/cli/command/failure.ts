import { EXIT, type ExitCode } from '../../shared/errors.ts';
import { knownError } from '../../shared/known-error.ts';
import { visible } from '../../shared/visible.ts';

export interface Failure {
  readonly text: string;
  /** For whoever mends our own mistakes: lines. Null: the text says all. */
  readonly detail: string | null;
  readonly exitCode: ExitCode;
  /** Stable, for programs. */
  readonly code: string;
}

/** What is said of an error: a sentence where a user can do something, all we know where it is our own mistake. */
export function failureOf(error: unknown): Failure {
  const known = knownError(error);
  if (known !== null) {
    const { message: text, exitCode, code } = known;
    return { text, detail: null, exitCode, code };
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: 'This is a bug in gradsocket, please report it:', detail, exitCode: EXIT.internal, code: 'INTERNAL' };
}

/** How failures begin on stderr; `launch` finds a worker's sentence in its log by it. */
export const FAILURE_PREFIX = 'gradsocket: ';

export function printFailure(text: string, detail: string | null = null): void {
  const lines = [`${FAILURE_PREFIX}${text}`, ...(detail?.split('\n') ?? [])];
  process.stderr.write(lines.map((line) => `${visible(line)}\n`).join(''));
}

/** What does not end a command, on stderr. Not in the words of a failure, which `launch` looks for. */
export function printWarning(text: string): void {
  process.stderr.write(`warning: ${visible(text)}\n`);
}
