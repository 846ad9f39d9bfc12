/** The process exit codes that users and scripts rely on (sysexits.h where one fits). */
export const EXIT = {
  done: 0,
  usage: 64,
  badData: 65,
  noEngine: 69,
  internal: 70,
  ioError: 74,
  tryAgain: 75,
  /** Training left the numbers. Of sysexits.h the code that means nothing else here. */
  diverged: 76,
  configuration: 78,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * The one error class. `message` says what, where and what to do, in a sentence that a user can act on;
 * `code` is stable and is what programs and tests look at. Anything else that is thrown is a bug of ours.
 */
export class GradsocketError extends Error {
  readonly code: string;
  readonly exitCode: ExitCode;

  constructor(code: string, exitCode: ExitCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'GradsocketError';
    this.code = code;
    this.exitCode = exitCode;
  }
}
