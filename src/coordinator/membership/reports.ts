import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { Member } from './member.ts';
import { isSeatedIn, type RunModel } from './model.ts';

/** Whether what a worker says is of a generation that it has been told is over. */
export function isStale({ told }: Member, generation: number): boolean {
  return generation !== told || told === 0;
}

/**
 * A report of the present generation is one that it can be of.
 *
 * @throws ProtocolError where there is none
 */
export function requireDue(
  model: RunModel,
  { id, state }: Member,
  message: Extract<ToCoordinator, { readonly generation: number }>,
): void {
  const asked = state.name === 'healed' || state.name === 'healing' || state.name === 'ready';
  if (isSeatedIn(model.generation, id) && state.name !== 'seated') return;
  // Its answer to our halt, as it is healed.
  if (message.type === 'weights' && message.engineBusy !== null && (asked || state.name === 'seated')) return;
  throw outOfTurn(model, message);
}

export function outOfTurn({ phase }: RunModel, { type }: ToCoordinator): ProtocolError {
  return new ProtocolError('outOfTurn', `'${type}' came while the run is ${phase.name}`);
}
