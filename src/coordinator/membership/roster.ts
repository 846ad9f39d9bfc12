import { EXIT } from '../../shared/errors.ts';
import type { CoordinatorChannel } from '../../shared/link/channel.ts';
import { Member } from './member.ts';

type Refusal = {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
};

/** The workers that are here, in the order in which they came. */
export class Roster {
  readonly #wanted: number;
  readonly #log: (entry: object) => void;
  readonly #members = new Map<string, Member>();
  #came = 0;

  /** `log`: where the members' states are written. */
  constructor(wanted: number, log: (entry: object) => void) {
    this.#wanted = wanted;
    this.#log = log;
  }

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  get size(): number {
    return this.#members.size;
  }

  get isFull(): boolean {
    return this.#members.size >= this.#wanted;
  }

  byName(name: string): Member | undefined {
    return this.all.find((member) => member.name === name);
  }

  has(member: Member): boolean {
    return this.#members.has(member.id);
  }

  /** Why this worker cannot take part; null: it can. */
  refusalOf(hello: Member['hello']): Refusal | null {
    if (this.isFull) {
      return {
        exitCode: EXIT.tryAgain,
        code: 'RUN_FULL',
        message: `This run has the ${this.#wanted} workers that it wants (--workers ${this.#wanted}); ${hello.name} is one too many.`,
      };
    }
    return null;
  }

  add(channel: CoordinatorChannel, hello: Member['hello']): Member {
    const id = `w${++this.#came}`;
    // Two machines may give their workers the same name; people must still be able to tell them apart.
    const name = this.byName(hello.name) === undefined ? hello.name : `${hello.name.slice(0, 100)} (${id})`;
    const member = new Member({ id, name, hello, channel }, this.#log);
    this.#members.set(id, member);
    return member;
  }

  remove(member: Member): void {
    this.#members.delete(member.id);
  }
}
