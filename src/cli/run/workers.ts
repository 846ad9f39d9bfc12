import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Coordinator } from '../../coordinator/coordinator.ts';
import type { RunEvent } from '../../coordinator/progress/events.ts';
import { cardOf, visibleCards } from './cards.ts';
import type { Followers } from './lead.ts';
import { CLAIMED, type Claim, decideClaim, LOOK_EVERY_MS, takenBetween } from './core-claim.ts';
import { type CoreUse, readCoreUse } from './core-use.ts';
import { ownSession } from './own-session.ts';
import { type Cores, dealCores, keepTo, pinnableCores } from './pinning.ts';
import { whyUnreached } from './how-ended.ts';
import { type Death, respawn, wrongFromTheStart } from './respawn.ts';
import { standStillTogether } from './standing-still.ts';
import type { Traces } from './traces.ts';
import { WorkerProcess } from './worker-process.ts';

export interface LocalWorkersOptions {
  readonly count: number;
  /** That each may use. */
  readonly cores: number;
  /** Whose workers they are: hears of those that end before their run is over. */
  readonly coordinator: Pick<Coordinator, 'url' | 'workerExited' | 'finished'>;
  readonly token: string | null;
  /** Bytes, of each. */
  readonly cacheMemory: number;
  /** The flags by which they believe the coordinator, where it speaks TLS. */
  readonly trust?: readonly string[];
  /** Where the workers' traces go; null: nobody wants any. */
  readonly traces?: Traces | null;
  /** Their logs go to `logs` in there. */
  readonly runDir: string;
  /** One ended, and what is done about it, or reaches nobody, for the user. Absent: one that ends ends the run, as measurements want it. */
  readonly onRestart?: (sentence: string) => void;
  /** For their environment. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Workers that were told to leave do so in a moment; one that does not is hung. */
const LEAVE_PATIENCE_MS = 3_000;
/** The same, where a person waits for the end. Nothing is lost with a worker: what is to be saved is saved. */
const HURRY_MS = 200;

/** How often it is looked whether a worker that has not joined yet finds nobody. */
const REACH_EVERY_MS = 3_000;

/** One worker of the run: the process that is it now, and what became of those before. */
interface Place {
  readonly name: string;
  /** That it keeps to; null: any. */
  readonly cores: Cores | null;
  readonly deaths: Death[];
  /** Null: there is none now. */
  process: WorkerProcess | null;
  /** Until it is started again. */
  timer: NodeJS.Timeout | null;
  /** The present process is ready to train. */
  joined: boolean;
  /** When it first had a part in that. */
  trainingSince: number | null;
}

/**
 * The worker processes of `launch`. However this process ends, they end too; one that ends before is started again, for as
 * long as that may help.
 */
export class LocalWorkers implements Followers {
  readonly #options: LocalWorkersOptions;
  readonly #logs: string;
  readonly #killAll = (): void => this.kill();
  readonly #places: readonly Place[];
  readonly #cards = visibleCards();
  /** Those of all workers that keep to some; none: nobody does. */
  readonly #cores: Cores;
  /** Looks whether the cores are ours. */
  readonly #watch: NodeJS.Timeout | null;
  /** Looks whether they reach the coordinator. */
  readonly #reach: NodeJS.Timeout;
  readonly #session = ownSession();
  readonly #aloneAgain: (() => void) | null = null;
  #claim: Claim = CLAIMED;
  #use: CoreUse | null = null;
  #over = false;
  #step = 0;

  constructor(options: LocalWorkersOptions) {
    this.#options = options;
    this.#logs = join(options.runDir, 'logs');
    mkdirSync(this.#logs, { recursive: true });
    process.on('exit', this.#killAll);
    if (this.#session !== null) this.#aloneAgain = standStillTogether((signal) => this.#signal(signal));
    // From then on it is no news that workers end.
    void options.coordinator.finished.then(() => this.#end());
    const { count, cores } = options;
    const dealt = dealCores({ workers: count, each: cores }, pinnableCores);
    this.#places = Array.from({ length: count }, (_, index) => ({
      name: `worker-${index}`,
      cores: dealt?.[index] ?? null,
      deaths: [],
      process: null,
      timer: null,
      joined: false,
      trainingSince: null,
    }));
    for (const place of this.#places) this.#spawn(place);
    this.#cores = dealt?.flat() ?? [];
    this.#watch = dealt === null ? null : setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
    this.#reach = setInterval(() => this.#lookForUnreached(), REACH_EVERY_MS).unref();
  }

  /** What happens in the run: how far it is, and who has a part in it. */
  observe(event: RunEvent): void {
    if (event.type === 'step') this.#step = event.step;
    if (event.type === 'workerJoined') {
      const place = this.#places.find(({ name }) => name === event.worker);
      if (place !== undefined) place.joined = true;
    }
    if (event.type === 'generation') this.#begin();
  }

  /** The process of the worker of this number; null: there is none now. */
  at(index: number): WorkerProcess | null {
    return this.#places[index]?.process ?? null;
  }

  async gone(atOnce = false): Promise<void> {
    this.#end();
    const ends = this.#places.flatMap(({ process: worker }) => worker?.ended ?? []);
    const timer = setTimeout(this.#killAll, atOnce ? HURRY_MS : LEAVE_PATIENCE_MS);
    try {
      await Promise.all(ends);
    } finally {
      clearTimeout(timer);
      process.off('exit', this.#killAll);
      this.#aloneAgain?.();
    }
  }

  kill(): void {
    this.#end();
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    for (const { process: worker } of this.#places) worker?.kill(signal);
  }

  /** Whoever is there takes part from now on, whether or not it comes as far as a step. */
  #begin(): void {
    let back = false;
    for (const place of this.#places) {
      if (!place.joined || place.trainingSince !== null) continue;
      place.trainingSince = performance.now();
      back ||= place.deaths.length > 0;
    }
    if (back) this.#shareCores();
  }

  /** Nobody is started any more. */
  #end(): void {
    this.#over = true;
    if (this.#watch !== null) clearInterval(this.#watch);
    clearInterval(this.#reach);
    for (const place of this.#places) if (place.timer !== null) clearTimeout(place.timer);
  }

  #spawn(place: Place): void {
    const { coordinator, cores, cacheMemory, traces, trust = [] } = this.#options;
    const { name } = place;
    const args = ['--coordinator', coordinator.url, '--name', name, '--cores', String(cores)];
    args.push('--cache-memory', `${cacheMemory}B`);
    // They are on this machine, whoever else reaches the coordinator.
    args.push('--listen', '127.0.0.1:0');
    args.push(...trust);
    if (traces) args.push('--trace', traces.newPart(name));
    place.joined = false;
    place.trainingSince = null;
    place.process = new WorkerProcess({
      args,
      env: { ...this.#environment(), ...cardOf(this.#places.indexOf(place), this.#cards) },
      cores: this.#claim.bound ? place.cores : null,
      session: this.#session,
      logFile: this.#logOf(place),
      onEnd: (exitCode, why) => this.#ended(place, exitCode, why),
    });
    if (!place.process.hasLog) {
      this.#options.onRestart?.(`${this.#logOf(place)} cannot be written: what ${name} says is kept nowhere.`);
    }
  }

  #ended(place: Place, exitCode: number | null, why: string): void {
    place.process = null;
    if (this.#over) return;
    const { coordinator, onRestart } = this.#options;
    const exit = wrongFromTheStart(exitCode);
    if (onRestart === undefined) return coordinator.workerExited(place.name, why, false, exit);
    const trained = place.trainingSince === null ? null : performance.now() - place.trainingSince;
    place.deaths.push({ exitCode, step: this.#step, trained });
    const next = respawn(place.deaths);
    if (next.again) {
      coordinator.workerExited(place.name, why, true);
      onRestart(`${place.name} ended: ${why}. It is started again in ${next.afterMs / 1000} s.`);
      place.timer = setTimeout(() => {
        place.timer = null;
        this.#spawn(place);
      }, next.afterMs);
    } else {
      onRestart(`${place.name} ended: ${why}. It is not started again: ${next.why}.`);
      coordinator.workerExited(place.name, why, false, exit);
    }
    this.#shareCores();
  }

  #logOf({ name }: Place): string {
    return join(this.#logs, `${name}.log`);
  }

  /** Cores that others use, too, are left to the system to share out. */
  #look(): void {
    const pids = this.#places.flatMap(({ process: worker }) => worker?.pid ?? []);
    const use = readCoreUse(this.#cores, pids);
    const { claim, why } = decideClaim(this.#claim, takenBetween(this.#use, use));
    this.#use = use;
    this.#claim = claim;
    if (why === null) return;
    this.#shareCores();
    for (const place of this.#places) this.#log(place, why);
  }

  /** They try for long, and tell their logs alone. Whoever waits at the terminal hears it once: what stops one stops all. */
  #lookForUnreached(): void {
    const outside = this.#places.filter(({ joined }) => !joined);
    for (const { name, process: worker } of outside) {
      const why = whyUnreached(worker?.printed ?? '');
      if (why === null) continue;
      clearInterval(this.#reach);
      this.#options.onRestart?.(
        `${name} cannot ${why}. It goes on trying; the address of --listen must be one that this machine, too, reaches, also through its firewall.`,
      );
      return;
    }
    if (outside.length === 0) clearInterval(this.#reach);
  }

  #log(place: Place, text: string): void {
    try {
      appendFileSync(this.#logOf(place), `${new Date().toISOString()} launch: ${text}\n`);
    } catch {
      // Nobody trains worse for want of a line in a log.
    }
  }

  /** Each keeps to its own cores while all are at work, else those of whoever is away would stand idle; and while nobody else uses them. */
  #shareCores(): void {
    const complete = this.#places.every(({ process: worker, deaths, trainingSince }) => {
      return worker !== null && (deaths.length === 0 || trainingSince !== null);
    });
    const ours = complete && this.#claim.bound;
    for (const { process: worker, cores } of this.#places) {
      if (cores !== null && worker?.pid !== undefined) keepTo(worker.pid, ours ? cores : this.#cores);
    }
  }

  #environment(): NodeJS.ProcessEnv {
    const { token, variables } = this.#options;
    // Settings meant for `launch`, such as GRADSOCKET_DATA, mean something else to a worker.
    const kept = Object.entries(process.env).filter(
      ([name]) => !name.startsWith('GRADSOCKET_') || name === 'GRADSOCKET_CACHE' || name.startsWith('GRADSOCKET_FAULT'),
    );
    return {
      ...Object.fromEntries(kept),
      // In the environment, not in the arguments, which every user of the machine can list.
      ...(token === null ? {} : { GRADSOCKET_TOKEN: token }),
      ...variables,
    };
  }
}
