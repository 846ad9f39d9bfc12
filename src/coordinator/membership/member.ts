import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';

type Message<T extends ToCoordinator['type']> = Extract<ToCoordinator, { type: T }>;

/** A worker that has said hello, and how far it has come. */
export interface Member {
  readonly id: string;
  /** Unique among the members, for people. */
  readonly name: string;
  readonly hello: Message<'hello'>;
  readonly channel: CoordinatorChannel;
  /** Compiled and initialised; null until then. */
  ready: Message<'ready'> | null;
  /** Linked to the others of the generation. */
  connected: boolean;
  /** Through with all steps; null until then. */
  done: Message<'done'> | null;
  /** What it answered to `halt`. */
  halted: Message<'weights'> | null;
}

export type MemberState = 'preparing' | 'ready' | 'training' | 'done';

export function stateOf(member: Member): MemberState {
  if (member.done !== null) return 'done';
  if (member.connected) return 'training';
  return member.ready === null ? 'preparing' : 'ready';
}
