import { DIVERGED } from '../../shared/checkpoint/finite.ts';
import { EXIT, type ExitCode, GradsocketError } from '../../shared/errors.ts';
import { knownError } from '../../shared/known-error.ts';

/** How a run ends. */
export type Outcome =
  /** `early`: why before the end of the plan. */
  | { readonly status: 'done'; readonly early?: string }
  /** `asFound`: nobody had come back yet that may hold more than is on record, so that the record stays what it was for the next start. */
  | { readonly status: 'interrupted'; readonly reason: string; readonly asFound?: true }
  /** A loss, a gradient or a parameter is not finite any more. Checkpoints are from before that. */
  | { readonly status: 'diverged'; readonly error: GradsocketError }
  | {
      readonly status: 'failed';
      readonly error: GradsocketError;
      /** Nothing is wrong with the run itself: the survivors' state is saved, and it can go on from there. */
      readonly resumable: boolean;
    };

export function exitCodeOf(outcome: Outcome): ExitCode {
  switch (outcome.status) {
    case 'done':
      return EXIT.done;
    case 'interrupted':
      return EXIT.interrupted;
    case 'diverged':
    case 'failed':
      return outcome.error.exitCode;
  }
}

/** What the workers are told when they are sent away. */
export function farewell(outcome: Outcome): { readonly code: string; readonly message: string } {
  switch (outcome.status) {
    case 'done':
      return { code: 'DONE', message: outcome.early === undefined ? 'The run is done.' : `The run ${outcome.early}.` };
    case 'interrupted':
      return { code: 'INTERRUPTED', message: `The run was interrupted: ${outcome.reason}.` };
    case 'diverged':
    case 'failed':
      return { code: outcome.error.code, message: outcome.error.message };
  }
}

export function failure(error: GradsocketError): Outcome {
  if (error.code === DIVERGED) return { status: 'diverged', error };
  return { status: 'failed', error, resumable: false };
}

/** A worker is gone, or does not answer any more. `exitCode`: where it said another than to try again. */
export function tryAgain(code: string, message: string, exitCode: ExitCode = EXIT.tryAgain): Outcome {
  return { status: 'failed', error: new GradsocketError(code, exitCode, message), resumable: true };
}

/** What there is to go on from, and how. */
export interface GoingOn {
  /** 0: nothing is saved. */
  readonly savedStep: number;
  readonly resumeCommand: string;
  /** Highest of the schedule. */
  readonly lr: number;
}

/** The outcome once all is saved: with the command that goes on from there. */
export function withAdvice(outcome: Outcome, { savedStep, resumeCommand, lr }: GoingOn): Outcome {
  if (outcome.status === 'diverged') {
    const { code, exitCode, message, cause } = outcome.error;
    const from = savedStep > 0 ? `from the last good checkpoint, step ${savedStep}` : 'from the beginning';
    const advice = `Go on ${from}, with a lower rate: ${resumeCommand} --lr ${Number((lr / 10).toPrecision(6))}`;
    return { status: 'diverged', error: new GradsocketError(code, exitCode, `${message} ${advice}`, { cause }) };
  }
  if (outcome.status !== 'failed' || !outcome.resumable) return outcome;
  const { code, exitCode, message, cause } = outcome.error;
  const advice =
    savedStep > 0
      ? `Everything up to step ${savedStep} is saved; continue with: ${resumeCommand}`
      : exitCode === EXIT.tryAgain
        ? 'No step was saved, so start it again.'
        : 'No step was saved.';
  return { ...outcome, error: new GradsocketError(code, exitCode, `${message} ${advice}`, { cause }) };
}

/** An error as it came, or what is a bug of ours. */
export function asGradsocketError(error: unknown): GradsocketError {
  const known = knownError(error);
  if (known !== null) return known;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new GradsocketError('INTERNAL', EXIT.internal, `The coordinator failed: ${what}`, { cause: error });
}

/** What a worker that cannot go on said, with its exit code if it is one of ours. */
export function failureOf(worker: string, said: { code: string; exitCode: number; message: string }): GradsocketError {
  const exitCode = Object.values(EXIT).find((code) => code === said.exitCode && code !== EXIT.done);
  return new GradsocketError(said.code, exitCode ?? EXIT.internal, `${worker} cannot go on: ${said.message}`);
}
