import { EXIT, type ExitCode, GradsocketError } from '../../shared/errors.ts';

/** How a run ends. */
export type Outcome =
  | { readonly status: 'done' }
  | { readonly status: 'interrupted'; readonly reason: string }
  | { readonly status: 'failed'; readonly error: GradsocketError };

export function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome.status) {
    case 'done':
      return EXIT.done;
    case 'interrupted':
      return EXIT.interrupted;
    case 'failed':
      return outcome.error.exitCode;
  }
}

/** What the workers are told when they are sent away. */
export function farewell(outcome: Outcome): { readonly code: string; readonly message: string } {
  switch (outcome.status) {
    case 'done':
      return { code: 'DONE', message: 'The run is done.' };
    case 'interrupted':
      return { code: 'INTERRUPTED', message: `The run was interrupted: ${outcome.reason}.` };
    case 'failed':
      return { code: outcome.error.code, message: outcome.error.message };
  }
}
