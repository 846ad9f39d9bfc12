import type { Member } from './member.ts';

/** After so many questions about the same members, an index of them is made. */
const WORTH = 16;

/**
 * Members by their ids. The members are other ones with each that comes or changes, and then only a question or two is asked of them;
 * while they report steps they stay the same, and thousands are asked for.
 */
export class MemberIndex {
  #members: readonly Member[] = [];
  #asked = 0;
  #byId: ReadonlyMap<string, Member> | null = null;

  find(members: readonly Member[], id: string): Member | undefined {
    if (members !== this.#members) {
      this.#members = members;
      this.#asked = 0;
      this.#byId = null;
    }
    if (this.#byId === null && ++this.#asked > WORTH) this.#byId = new Map(members.map((one) => [one.id, one]));
    return this.#byId === null ? members.find((one) => one.id === id) : this.#byId.get(id);
  }
}
