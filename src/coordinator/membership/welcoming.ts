import type { Member } from './member.ts';
import type { Turn } from './turn.ts';

/** Tells a worker what to begin with. Whatever it was told of that before is void. */
export function welcomeOne(turn: Turn, id: string, heal: boolean): void {
  const nth = (turn.member(id)?.welcomes ?? 0) + 1;
  turn.do({ type: 'welcome', to: id, heal, nth });
  turn.change(id, { welcomes: nth });
  turn.put(id, { name: 'preparing' });
}

/** It is known now that somebody holds a newer state: whoever waited for that is healed by them. */
export function welcomeAll(turn: Turn): void {
  for (const { id, state, welcomes } of turn.linked) {
    if (state.name === 'preparing' && welcomes === 0) welcomeOne(turn, id, true);
  }
}

/** Nobody does: all of them begin with the checkpoint, or with initial values. */
export function welcomeAnew(turn: Turn, members: readonly Member[] = turn.linked): void {
  for (const { id } of members) {
    welcomeOne(turn, id, false);
    turn.change(id, { told: 0 });
  }
}
