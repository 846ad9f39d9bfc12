import type { Dice } from './dice.ts';
import type { Process, Scheduler } from './scheduler.ts';

/** Where processes run, one after the other: the coordinator's place, each worker's place. */
export type Site = string;

/** A connection, as the network sees it. */
export interface Connection {
  readonly ends: readonly [
    { readonly site: Site; readonly process: Process },
    { readonly site: Site; readonly process: Process },
  ];
  /** The process at one end is gone. `told`: its machine says so to the other end. */
  died(process: Process, told: boolean): void;
  /** The machine of one end, whose process died without a word, is there again, and knows nothing of it. */
  rebooted(site: Site): void;
  /** Whether bytes get through has changed. */
  stir(): void;
  readonly over: boolean;
}

export interface Weather {
  /** Milliseconds that a frame takes, in the middle. */
  readonly latency: number;
  /** How often a frame takes twenty times as long. */
  readonly spikes: number;
}

/** Who reaches whom, and how long it takes. */
export class Network {
  readonly scheduler: Scheduler;
  readonly dice: Dice;
  readonly weather: Weather;
  readonly connections = new Set<Connection>();
  /** From one site to another, written `a>b`: nothing arrives. More than one fault may want it. */
  readonly #holes = new Map<string, number>();

  constructor(scheduler: Scheduler, dice: Dice, weather: Weather) {
    this.scheduler = scheduler;
    this.dice = dice;
    this.weather = weather;
  }

  /** `factor`: how many times as long as others it takes, and then steadily. */
  delay(factor = 1): number {
    const { latency, spikes } = this.weather;
    const spike = this.dice.chance(spikes) && factor === 1;
    return latency * this.dice.between(0.5, 1.5) * (spike ? 20 : factor);
  }

  passes(from: Site, to: Site): boolean {
    return !this.#holes.has(`${from}>${to}`);
  }

  /** Bytes from `from` to `to` vanish, without a word. Returns what ends that. */
  swallow(from: Site, to: Site): () => void {
    const key = `${from}>${to}`;
    this.#holes.set(key, (this.#holes.get(key) ?? 0) + 1);
    this.#stir(from, to);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      const left = this.#holes.get(key)! - 1;
      if (left === 0) this.#holes.delete(key);
      else this.#holes.set(key, left);
      this.#stir(from, to);
    };
  }

  add(connection: Connection): void {
    this.connections.add(connection);
  }

  of(process: Process): readonly Connection[] {
    return [...this.connections].filter(({ ends }) => ends.some((end) => end.process === process));
  }

  between(a: Site, b: Site): readonly Connection[] {
    return [...this.connections].filter(
      ({ ends: [x, y] }) => (x.site === a && y.site === b) || (x.site === b && y.site === a),
    );
  }

  /** `told`: the machine is still there and says that the process is not. */
  died(process: Process, told: boolean): void {
    for (const connection of this.of(process)) connection.died(process, told);
    this.sweep();
  }

  rebooted(site: Site): void {
    for (const connection of this.connections) {
      if (connection.ends.some((end) => end.site === site && end.process.dead)) connection.rebooted(site);
    }
  }

  stirAll(process: Process): void {
    for (const connection of this.of(process)) connection.stir();
  }

  /** Forgets what is over. */
  sweep(): void {
    for (const connection of this.connections) if (connection.over) this.connections.delete(connection);
  }

  #stir(from: Site, to: Site): void {
    for (const connection of this.between(from, to)) connection.stir();
  }
}
