import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { SessionModel } from './model.ts';
import type { Verdict } from './state.ts';

type Who = SessionModel['who'];

export const DONE: Verdict = { exitCode: EXIT.done, code: 'DONE', message: '' };

export function coordinatorLost({ coordinator, name }: Who, reason: string): Verdict {
  return verdictOf(
    new GradsocketError(
      'COORDINATOR_LOST',
      EXIT.tryAgain,
      `${name} has lost the coordinator at ${coordinator} (${reason}). ` +
        'Start the coordinator again, with --resume to continue its run, and then this worker.',
    ),
  );
}

/** By a coordinator that is there and goes on: looking for it, or starting it anew, would mend nothing. */
export function sentAway({ coordinator, name }: Who, reason: string): Verdict {
  return verdictOf(
    new GradsocketError(
      'SENT_AWAY',
      EXIT.tryAgain,
      `The coordinator at ${coordinator} goes on without ${name} (${reason.replace(/\.$/, '')}). Start this worker again to join its run.`,
    ),
  );
}

export function outOfTurn({ coordinator, name }: Who, message: string, state: string): Verdict {
  return verdictOf(
    new GradsocketError(
      'OUT_OF_TURN',
      EXIT.internal,
      `The coordinator at ${coordinator} sent ${message} while ${name} was ${state}. ` +
        'Use the same version of gradsocket at both.',
    ),
  );
}

export function interrupted({ name }: Who): Verdict {
  return verdictOf(new GradsocketError('INTERRUPTED', EXIT.interrupted, `${name} was interrupted.`));
}

export function otherRun({ coordinator, name }: Who): Verdict {
  return verdictOf(
    new GradsocketError(
      'OTHER_RUN',
      EXIT.tryAgain,
      `The coordinator at ${coordinator} leads another run than the one that ${name} was part of. Start this worker again to join it.`,
    ),
  );
}

export function otherJob({ coordinator, name }: Who): Verdict {
  return verdictOf(
    new GradsocketError(
      'OTHER_JOB',
      EXIT.tryAgain,
      `The coordinator at ${coordinator} goes on with other settings than those for which ${name} is ready. Start this worker again to join it.`,
    ),
  );
}

function verdictOf({ exitCode, code, message }: GradsocketError): Verdict {
  return { exitCode, code, message };
}
