import { LIMITS } from '../../src/shared/protocol/limits.ts';
import { Violation } from './checks.ts';
import { describeFault, Fate } from './fate.ts';
import { ORDINARY_JOBS, type SimulatedJob, simulatedJobs } from './jobs.ts';
import { KernelsPool } from './kernels-pool.ts';
import { type Truth, undisturbed } from './oracle.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import type { Traced } from './scheduler.ts';
import { World } from './world.ts';

/** How a history came out. */
export interface Outcome {
  readonly seed: number;
  readonly scenario: Scenario;
  /** What was wrong; null: nothing. */
  readonly violation: string | null;
  readonly stack: string | null;
  /** Of all events: the same for the same seed. */
  readonly hash: string;
  readonly events: number;
  /** Virtual milliseconds. */
  readonly time: number;
  /** The last events. */
  readonly trace: readonly Traced[];
  readonly fired: readonly string[];
}

export interface HistoryOptions {
  readonly calm?: boolean;
  readonly onTrace?: (event: Traced) => void;
  /** Events after which there seems to be no end to it. */
  readonly limit?: number;
  /** In place of what the seed says. */
  readonly adapt?: (scenario: Scenario) => Scenario;
  /** Whether errors know where they were made: they are made all the time, as in any program that waits for others. */
  readonly stacks?: boolean;
}

/** Longer than the longest wait of the protocol; once for each fault, and once more. */
const PATIENCE_MS = 40 * 60_000;
const MOST_EVENTS = 400_000;

/** All that histories share: made once. */
export class Simulator {
  readonly #jobs: readonly SimulatedJob[];
  readonly #truths = new Map<number, Truth>();
  readonly #pool: KernelsPool;
  #rejected: unknown[] = [];

  private constructor(pool: KernelsPool) {
    this.#pool = pool;
    this.#jobs = simulatedJobs();
  }

  static async create(): Promise<Simulator> {
    // A state of some thousand bytes travels in several parts.
    (LIMITS as { statePartBytes: number }).statePartBytes = 1024;
    const simulator = new Simulator(await KernelsPool.create(24));
    process.on('unhandledRejection', (reason) => simulator.#rejected.push(reason));
    return simulator;
  }

  /** Must be called from a macrotask. What was thrown in a history that went wrong is looked at in a second one: it is the same. */
  run(seed: number, options: HistoryOptions = {}): Outcome {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = options.stacks === true ? 30 : 0;
    try {
      const outcome = this.#once(seed, options);
      if (outcome.stack === null || options.stacks === true) return outcome;
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
    return this.run(seed, { ...options, stacks: true });
  }

  #once(seed: number, options: HistoryOptions): Outcome {
    const drawn = drawScenario(seed, ORDINARY_JOBS, options.calm);
    const scenario = options.adapt?.(drawn) ?? drawn;
    const simulated = this.#jobs[scenario.jobIndex]!;
    const truth = this.#truth(scenario.jobIndex);
    this.#rejected = [];
    this.#pool.takeBack();
    const world = new World({ scenario, simulated, truth, kernelsPool: this.#pool });
    const { scheduler } = world;
    scheduler.onTrace = options.onTrace ?? null;
    const fate = new Fate(world);
    let violation: string | null = null;
    let stack: string | null = null;
    try {
      world.begin();
      fate.begin();
      scheduler.onQuiet = () => {
        if (world.violation !== null) throw new Violation(world.violation);
        if (this.#rejected.length > 0) throw this.#rejected[0];
        world.checks.quiet();
      };
      this.#play(world, fate, options.limit ?? MOST_EVENTS);
    } catch (error) {
      violation = error instanceof Error ? error.message : String(error);
      stack = error instanceof Violation ? null : error instanceof Error ? (error.stack ?? null) : null;
      if (!(error instanceof Violation)) violation = `thrown: ${violation}`;
    }
    return {
      seed,
      scenario,
      violation,
      stack,
      hash: scheduler.hash,
      events: scheduler.count,
      time: scheduler.now,
      trace: scheduler.trace,
      fired: fate.fired.map(describeFault),
    };
  }

  #play(world: World, fate: Fate, limit: number): void {
    const { scheduler, checks } = world;
    const over = () =>
      scheduler.count > limit || (world.ended !== null && world.workers.every(({ process }) => process.dead));
    const how = scheduler.run(over, PATIENCE_MS * (1 + world.scenario.faults.length));
    if (scheduler.count > limit) world.fail(`there is no end to it: ${scheduler.count} events`);
    if (world.ended === null) world.fail(`the run has not ended (${how}): ${world.where()}`);
    if (how !== 'until') world.fail(`workers have not left (${how}): ${world.where()}`);
    fate.end();
    checks.atEnd();
  }

  #truth(index: number): Truth {
    let truth = this.#truths.get(index);
    if (truth === undefined) {
      truth = undisturbed(this.#jobs[index]!, this.#pool.take({ dead: true }));
      this.#truths.set(index, truth);
    }
    return truth;
  }
}
