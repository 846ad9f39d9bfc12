import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { SessionOptions } from './session-options.ts';
import type { SessionState } from './state.ts';

type Who = Pick<SessionOptions, 'coordinator' | 'name'>;

export function coordinatorLost({ coordinator, name }: Who, reason: string): GradsocketError {
  return new GradsocketError(
    'COORDINATOR_LOST',
    EXIT.tryAgain,
    `${name} has lost the coordinator at ${coordinator} (${reason}). ` +
      'Start the coordinator again, with --resume to continue its run, and then this worker.',
  );
}

export function outOfTurn({ coordinator, name }: Who, message: string, state: SessionState): GradsocketError {
  return new GradsocketError(
    'OUT_OF_TURN',
    EXIT.internal,
    `The coordinator at ${coordinator} sent ${message} while ${name} was ${state}. ` +
      'Use the same version of gradsocket at both.',
  );
}
