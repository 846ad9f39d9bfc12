import { EXIT } from '../../shared/errors.ts';
import { lose } from './losing.ts';
import type { Member } from './member.ts';
import type { Turn } from './turn.ts';

/** It has stopped with the others, as it asked. */
export function letGo(turn: Turn, { id, name, link }: Member): void {
  lose(turn, id, 'it was asked to leave', null);
  if (link === null) return;
  const message = `${name} was interrupted; the run goes on without it.`;
  turn.do({ type: 'dismiss', link, exitCode: EXIT.interrupted, code: 'INTERRUPTED', message, close: 'done' });
}
