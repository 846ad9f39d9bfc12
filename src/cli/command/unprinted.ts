import { EXIT, GradsocketError } from '../../shared/errors.ts';

/** Whoever read what is printed has gone, as `head` does. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET']);

/** What they print is a log: all of it that matters is in files of their own. */
const LOGS: ReadonlySet<string> = new Set(['launch', 'coordinator', 'worker', 'sweep']);

/** Why something that was printed is nowhere; null: it arrived, or nobody was left to read it. `terminal`: it may hang up. */
export function unprinted(error: unknown, terminal: boolean): GradsocketError | null {
  if (error === null || terminal) return null;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (GONE.has(code)) return null;
  return new GradsocketError(
    'CANNOT_PRINT',
    EXIT.ioError,
    `Not all that this command prints could be written where its output goes (${message}): make room there, or send it elsewhere, and run it again.`,
    { cause: error },
  );
}

/** Whether a command whose output is lost has done what it is for all the same. */
export function isLogged(command: string | undefined): boolean {
  return LOGS.has(command ?? '');
}
