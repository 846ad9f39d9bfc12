import { lose, lostFor } from './losing.ts';
import type { InPhase } from './model.ts';
import { toCheckpoint } from './settle.ts';
import { halt } from './halt.ts';
import type { Turn } from './turn.ts';
import { welcomeAll } from './welcoming.ts';

/** The coordinator was started again, and members of the last generation may be at work without it. */
export function returning(turn: Turn, phase: InPhase<'returning'>): void {
  const { generation } = turn.model;
  const missing = turn.seats.filter(({ state }) => state.name === 'away');
  const back = turn.seats.filter(({ state }) => state.name !== 'away');
  const whole = turn.seats.length === generation?.members.length;
  if (missing.length === 0 && back.length > 0) {
    if (generation?.topology === 'star' && generation.members.length > 1) {
      // The sums of a star are made here: its links ended with the process that was.
      halt(turn, { to: 'recover' }, 'gradients go through the coordinator, which was started again');
    } else if (whole && phase.stranded.length === 0) {
      turn.enter(
        { name: 'training', admitAt: null, remindAt: null },
        'all members of the generation are back, and train on',
      );
      turn.set({ begun: true });
      turn.do({ type: 'resume' });
    } else halt(turn, { to: 'recover' }, 'the generation was broken while there was no coordinator');
    return welcomeAll(turn);
  }
  if (turn.now < phase.until && turn.seats.length > 0) return;
  for (const member of missing) {
    const reason = 'it did not come back to the coordinator';
    lose(turn, member.id, reason, lostFor(member, reason, 'absent'));
  }
  if (back.length === 0) return toCheckpoint(turn, 'nobody came back that holds more than the newest checkpoint');
  halt(turn, { to: 'recover' }, `${missing.map(({ name }) => name).join(', ')} did not come back`);
  welcomeAll(turn);
}
