import type { Member } from './member.ts';
import type { Turn } from './turn.ts';

/** It is known now that somebody holds a newer state: whoever waited for that is healed by them. */
export function welcomeAll(turn: Turn): void {
  for (const { id, state } of turn.linked) {
    if (state.name !== 'preparing' || state.welcomed) continue;
    turn.do({ type: 'welcome', to: id, heal: true });
    turn.put(id, { name: 'preparing', welcomed: true });
  }
}

/** Nobody does: all of them begin with the checkpoint, or with initial values. */
export function welcomeAnew(turn: Turn, members: readonly Member[] = turn.linked): void {
  for (const { id } of members) {
    turn.do({ type: 'welcome', to: id, heal: false });
    turn.put(id, { name: 'preparing', welcomed: true });
    turn.change(id, { told: 0 });
  }
}
