import { LIMITS } from '../protocol/limits.ts';
import { networkOf } from './strangers.ts';

interface Record {
  offences: number;
  since: number;
}

/** Of so many addresses something is remembered. */
const KEPT = 1_024;

/**
 * Who was put out for flooding, by address: the first few times cost nothing, since a worker may be broken, and from then on its
 * next connections wait, each time twice as long. Whoever floods, is put out and comes again at once costs more than all
 * others together.
 */
export class Offenders {
  readonly #now: () => number;
  /** The oldest first. */
  readonly #records = new Map<string, Record>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  flooded(address: string): void {
    const network = networkOf(address);
    const { offences } = this.#recordOf(network);
    this.#records.delete(network);
    this.#records.set(network, { offences: offences + 1, since: this.#now() });
    const [oldest] = this.#records.keys();
    if (oldest !== undefined && this.#records.size > KEPT) this.#records.delete(oldest);
  }

  /** How long a connection of that address is to wait before it is let in. */
  waitMs(address: string): number {
    const { offences } = this.#recordOf(networkOf(address));
    const beyond = offences - LIMITS.offencesForgiven;
    return beyond <= 0 ? 0 : Math.min(LIMITS.offenderWaitMs, 125 * 2 ** (beyond - 1));
  }

  #recordOf(network: string): Record {
    const record = this.#records.get(network);
    if (record === undefined || this.#now() - record.since >= LIMITS.offenceMs) return { offences: 0, since: 0 };
    return record;
  }
}
