/** What is needed of a connection: that it can be ended. */
interface Endable {
  destroy(): void;
}

export interface StrangersLimits {
  readonly all: number;
  readonly ofOneAddress: number;
}

/**
 * Connections of which nobody knows yet whose they are, in the order in which they came. There are so many and no more, and so
 * many of one address: for one too many, the oldest goes of the address that has the most. So whoever says in time what it wants
 * gets in, however many others say nothing.
 */
export class Strangers<C extends Endable> {
  readonly #limits: StrangersLimits;
  /** By address, then by `address:port` of the peer. */
  readonly #byAddress = new Map<string, Map<string, C>>();
  #size = 0;

  constructor(limits: StrangersLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns `address:port` of the one that was ended for it; null: there was room. */
  add(address: string, remote: string, connection: C): string | null {
    const group = networkOf(address);
    const own = this.#byAddress.get(group) ?? new Map<string, C>();
    this.#byAddress.set(group, own.set(remote, connection));
    this.#size++;
    if (own.size > this.#limits.ofOneAddress) return this.#end(own, group);
    if (this.#size <= this.#limits.all) return null;
    let [most, crowd]: [string, Map<string, C>] = [group, own];
    for (const [name, others] of this.#byAddress) if (others.size > crowd.size) [most, crowd] = [name, others];
    return this.#end(crowd, most);
  }

  /** It is known now, or gone. False: it was none. */
  remove(address: string, remote: string): boolean {
    const group = networkOf(address);
    const own = this.#byAddress.get(group);
    if (own === undefined || !own.delete(remote)) return false;
    this.#size--;
    if (own.size === 0) this.#byAddress.delete(group);
    return true;
  }

  #end(crowd: Map<string, C>, group: string): string | null {
    const [oldest] = crowd;
    if (oldest === undefined) return null;
    const [remote, connection] = oldest;
    this.remove(group, remote);
    connection.destroy();
    return remote;
  }
}

/** Who has one address of IPv6 has 2^64 of them. The address is what a socket says of itself: an IP address, or none. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - first.length - rest.length) }, () => '0');
  return [...first, ...zeros, ...rest].slice(0, 4).join(':');
}
