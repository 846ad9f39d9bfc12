import { EXIT, type ExitCode, GradsocketError } from '../errors.ts';
import type { CloseName } from './close-codes.ts';

/** A peer broke the protocol. Whoever holds the connection closes it with `close` and the message as reason. */
export class ProtocolError extends GradsocketError {
  readonly close: CloseName;

  constructor(close: CloseName, message: string, exitCode: ExitCode = EXIT.internal) {
    super(close === 'unsupportedVersion' ? 'PROTOCOL_VERSION' : 'PROTOCOL', exitCode, message);
    this.name = 'ProtocolError';
    this.close = close;
  }
}

/** Of bytes that are none of the protocol's. */
export function malformed(what: string): ProtocolError {
  return new ProtocolError('malformed', `The frame is not a message: ${what}.`);
}
