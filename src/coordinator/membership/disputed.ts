import { type Dispute, verdictOf } from '../progress/dispute.ts';
import { fail } from './ending.ts';
import type { Facts, Terms } from './facts.ts';
import type { Member } from './member.ts';
import type { RunModel } from './model.ts';
import { verdictAfter } from './patience.ts';
import type { Turn } from './turn.ts';

/**
 * Replicas are not equal, so the run is over. Nothing is decided, begun or saved any more but who differs from whom: as soon as all
 * have told that can, or after a moment, or `now`. One that is lost meanwhile is not waited for.
 */
export function disputed(turn: Turn, dispute: Dispute, now = false): void {
  const waits = !now && turn.now < verdictAt(turn.model, dispute, turn);
  if (waits && turn.seats.some((member) => mayTell(member, dispute))) return;
  const silent = (turn.model.generation?.members ?? []).filter(({ id }) => !dispute.hasTold(id));
  fail(
    turn,
    verdictOf(
      dispute,
      silent.map(({ name }) => name),
    ),
  );
}

/** When the verdict is due, whoever has not told by then. A person that has asked the run to end is not let wait for longer. */
export function verdictAt(
  { stopping }: Pick<RunModel, 'stopping'>,
  { since }: Dispute,
  { facts, terms }: { readonly facts: Facts; readonly terms: Terms },
): number {
  const at = since + verdictAfter(facts.pace, terms.deadlines);
  return stopping === null ? at : Math.min(at, stopping.lookAt);
}

/** It is connected, and at work: what the others have told of it is about to tell, too. */
function mayTell({ id, link, state }: Member, dispute: Dispute): boolean {
  return link !== null && (state.name === 'training' || state.name === 'done') && !dispute.hasTold(id);
}
