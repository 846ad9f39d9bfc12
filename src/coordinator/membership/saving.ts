import { finish, flush, rescue } from './ending.ts';
import { letGo } from './letting-go.ts';
import { lose, lostFor } from './losing.ts';
import type { InPhase } from './model.ts';
import { toCheckpoint } from './settle.ts';
import type { Turn } from './turn.ts';

export function saving(turn: Turn, phase: InPhase<'saving'>): void {
  const { from, outcome, until } = phase;
  if (from === null) return;
  if (turn.facts.handedOver >= from.step) return flush(turn, outcome);
  const member = turn.member(from.worker);
  if (member === undefined || member.link === null) return rescue(turn, outcome);
  if (!from.asked) {
    turn.stay({ ...phase, from: { ...from, asked: true } });
    return turn.send(from.worker, { type: 'upload' });
  }
  if (until === null || turn.now < until) return;
  const reason = 'its checkpoint did not come';
  lose(turn, member.id, reason, lostFor(member, reason, 'unresponsive'));
  turn.do({ type: 'close', link: member.link, close: 'unresponsive', reason });
  rescue(turn, outcome);
}

/** Everything that was handed over is on the disk. */
export function saved(turn: Turn): void {
  const { phase } = turn;
  if (phase.name !== 'saving' || phase.from !== null) return;
  if (phase.outcome !== null) return finish(turn, phase.outcome);
  for (const member of turn.linked) if (member.leaving) letGo(turn, member);
  toCheckpoint(turn, 'whoever held the newest state has left, and it is saved');
}
