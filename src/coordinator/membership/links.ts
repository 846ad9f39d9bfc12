import { type Closed, type CoordinatorChannel, describeClosed } from '../../shared/link/channel.ts';
import type { CloseName } from '../../shared/protocol/close-codes.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { RunOptions } from './run-options.ts';

/** A control connection. */
export interface Link {
  readonly number: number;
  readonly channel: CoordinatorChannel;
  /** It has said hello. */
  introduced: boolean;
  /** Whose it is; null: nobody's. */
  member: string | null;
}

/** The open control connections, and which member each belongs to. */
export class Links {
  readonly #links = new Map<number, Link>();
  readonly #byMember = new Map<string, Link>();
  #last = 0;

  add(channel: CoordinatorChannel): Link {
    const link = { number: ++this.#last, channel, introduced: false, member: null };
    this.#links.set(link.number, link);
    return link;
  }

  remove({ number }: Link): void {
    const link = this.#links.get(number);
    this.#links.delete(number);
    if (link !== undefined) this.#disown(link);
  }

  /** It stays whose it was, for whoever asks that. */
  #disown(link: Link): void {
    if (link.member !== null && this.#byMember.get(link.member) === link) this.#byMember.delete(link.member);
  }

  /** The channel of a member; null: it has none. */
  of(member: string): CoordinatorChannel | null {
    return this.#byMember.get(member)?.channel ?? null;
  }

  /** How many belong to members. */
  get members(): number {
    return this.#byMember.size;
  }

  /** `replaces`: the number of the one that it had before. */
  give(number: number, member: string, replaces: number | null): void {
    const old = replaces === null ? undefined : this.#links.get(replaces);
    if (old !== undefined) {
      this.#disown(old);
      old.member = null;
      old.channel.close('goingAway', 'you came back on another connection');
    }
    const link = this.#links.get(number);
    if (link === undefined) return;
    link.member = member;
    this.#byMember.set(member, link);
  }

  dismiss(number: number, leave: Extract<ToWorker, { readonly type: 'leave' }>, close: CloseName): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    this.#disown(link);
    link.member = null;
    link.channel.send(leave);
    link.channel.close(close, leave.message);
  }

  close(number: number, close: CloseName, reason: string): void {
    this.#links.get(number)?.channel.close(close, reason);
  }

  /** It never was a member, or is none any more. Noise on the port goes to the log alone; a worker that was meant to take part does not. */
  tellTurnedAway({ channel }: Link, closed: Closed, { keeper, onEvent }: Pick<RunOptions, 'keeper' | 'onEvent'>): void {
    const sentence = `${channel.remote} was turned away: ${describeClosed(closed)}`;
    keeper.log(closed.name === 'unsupportedVersion' ? { warning: sentence } : { connection: sentence });
    if (closed.name === 'unsupportedVersion') onEvent({ type: 'warning', message: sentence });
  }
}
