import { isBarred } from '../../src/coordinator/membership/crash-loop.ts';
import { DIVERGED } from '../../src/shared/checkpoint/finite.ts';
import { checkpointName } from '../../src/shared/checkpoint/folder.ts';
import { decodeState } from '../../src/shared/checkpoint/state.ts';
import { EXIT } from '../../src/shared/errors.ts';
import type { End } from './control-channel.ts';
import { type HeldState, type ReplicaObserver, sameState } from './observed-replica.ts';
import type { Process } from './scheduler.ts';
import { type Ended, RUN_DIR, type SimulatedCoordinator } from './simulated-coordinator.ts';
import type { SimulatedWorker } from './simulated-worker.ts';
import type { World } from './world.ts';

/** What must never be has been. */
export class Violation extends Error {}

interface Message {
  readonly type: string;
}

/** What is known of a process. */
interface Known {
  /** Committed steps. */
  step: number;
  /** It was welcomed since it committed last, or has not been seated since: its state may be another. */
  welcomed: boolean;
  /** Welcomed, and in no generation since. What it was brought up to may be lost with whoever gave it: then it is healed once more. */
  joining: boolean;
  /** It was joining when the coordinator died, whose record names members alone: the next one has not heard of it until it welcomes it. */
  unlisted: boolean;
  /** The newest generation that it was told of; 0: none. */
  generation: number;
  /** When it was told by the present coordinator that it still is a member of the generation; null: it was not. */
  rejoinedAt: number | null;
}

/** The rules that hold after every event, and at the end. */
export class Checks {
  readonly #world: World;
  readonly #known = new Map<Process, Known>();
  /** What workers were told that is on the disk. */
  #told = { steps: 0, saved: 0 };
  /** A worker whose sums go wrong: the run must end with this code, and with its name where that can be known. */
  poisoned: { readonly name: string; readonly code: string } | null = null;
  #ledgerSteps = 0;
  /** How often a worker's process ended, by its name. */
  readonly #ends = new Map<string, number>();
  /** Bytes in use before the first generation. */
  readonly #memory = new Map<Process, number>();

  constructor(world: World) {
    this.#world = world;
  }

  observer(process: Process): ReplicaObserver {
    const known: Known = { step: 0, welcomed: true, joining: true, unlisted: false, generation: 0, rejoinedAt: null };
    this.#known.set(process, known);
    const compare = (step: number, state: HeldState, what: string) => {
      if (this.poisoned !== null) return;
      const expected = this.#world.truth.held[step];
      if (expected !== undefined && sameState(state, expected)) return;
      this.#world.fail(`${process.name} ${what} step ${step} with another state than an undisturbed run`);
    };
    return {
      committed: (step, sums, state) => {
        if (process.dead) return;
        if (step !== known.step + 1) this.#world.fail(`${process.name} committed step ${step} after ${known.step}`);
        known.step = step;
        known.welcomed = known.joining;
        compare(step, state, 'committed');
        const truth = this.#world.truth.sums[step - 1]!;
        if (this.poisoned === null && !Object.is(truth.lossSum, sums.lossSum))
          this.#world.fail(`${process.name} has another loss at step ${step}`);
        if (truth.samples !== sums.samples && this.poisoned === null)
          this.#world.fail(`${process.name} counted ${sums.samples} samples in step ${step}`);
      },
      restored: (step, state) => {
        if (process.dead) return;
        if (step < known.step && !known.welcomed) {
          this.#world.fail(`${process.name} went back from step ${known.step} to ${step} without being welcomed again`);
        }
        known.step = step;
        compare(step, state, 'restored');
      },
    };
  }

  stepOf(process: Process): number {
    return this.#known.get(process)?.step ?? 0;
  }

  /** A control message arrives. */
  delivered(to: Process, message: Message): void {
    if (message.type === 'welcome') {
      const known = this.#known.get(to);
      if (known !== undefined) {
        known.welcomed = known.joining = true;
        known.unlisted = false;
      }
    }
    if (message.type === 'generation') {
      const known = this.#known.get(to);
      if (known !== undefined) {
        known.generation = (message as Message & { readonly generation: number }).generation;
        known.joining = false;
      }
      this.#checkMemory(to);
    }
    if (message.type === 'rejoined') {
      const known = this.#known.get(to);
      if (known !== undefined) known.rejoinedAt = this.#world.scheduler.now;
    }
    if (message.type === 'recorded' || message.type === 'rejoined') {
      const { steps, saved } = message as Message & { readonly steps: number; readonly saved: number };
      this.#told = { steps: Math.max(this.#told.steps, steps), saved: Math.max(this.#told.saved, saved) };
    }
  }

  /** A worker dials another; what this returns is called when it is let in. What it sent first may have been on its way for long. */
  dialled(dialler: End): (acceptor: End) => void {
    const generation = this.#known.get(dialler.process)?.generation;
    return (acceptor) => {
      const there = this.#known.get(acceptor.process);
      if (generation === undefined || there === undefined || generation === there.generation) return;
      this.#world.fail(
        `${acceptor.site}, in generation ${there.generation}, let in ${dialler.site}, which dialled in generation ${generation}`,
      );
    };
  }

  /** Before each generation a worker's memory holds its replica and vectors for steps, and nothing of the generations before. */
  #checkMemory(process: Process): void {
    const worker = this.#world.workers.find((one) => one.process === process);
    if (worker === undefined) return;
    const { used } = worker.kernels.arena;
    const base = this.#memory.get(process);
    if (base === undefined) {
      this.#memory.set(process, used);
      return;
    }
    const { layout, microbatches } = this.#world.truth.blueprint;
    // A vector for each microbatch, its twin, the result, and what others reduced.
    const most = base + (2 * microbatches + 3) * layout.length * Float32Array.BYTES_PER_ELEMENT;
    if (used > most)
      this.#world.fail(`${process.name} has ${used} bytes in use before a generation, ${base} before its first one`);
  }

  /** After each event. */
  quiet(): void {
    const { coordinator } = this.#world;
    // From then on, until it is done: the process may die in the middle of it.
    if (coordinator?.run?.model.phase.name === 'rewinding')
      this.#takenBack(coordinator.archive?.checkpoints.savedStep ?? 0);
    const steps = coordinator?.archive?.ledger.steps;
    if (steps === undefined) return;
    if (steps < this.#ledgerSteps) this.#wentBack(steps);
    this.#ledgerSteps = steps;
  }

  /** What workers were told of later steps is not promised any more. */
  #takenBack(steps: number): void {
    this.#told = { steps: Math.min(this.#told.steps, steps), saved: Math.min(this.#told.saved, steps) };
  }

  /** The record was cut back: nobody that can be reached may hold more. */
  #wentBack(steps: number): void {
    const { slots, scheduler, network } = this.#world;
    this.#takenBack(steps);
    for (const { worker, name, disturbedAt } of slots.values()) {
      if (worker === null || worker.process.stopped) continue;
      // A worker whose engine failed has said so and ends: what it held is gone, as that of one that was killed. Promised is that the
      // others go on (docs/failure-modes.md); without any, the run goes on from the newest checkpoint.
      if (worker.failed) continue;
      // It was there for long enough to be heard of, or the coordinator has said that it knows it.
      const { rejoinedAt = null, unlisted = false } = this.#known.get(worker.process) ?? {};
      // With all members gone as well, nobody waits for one that was healed and not let in yet (docs/failure-modes.md).
      if (unlisted) continue;
      const isKnown = rejoinedAt !== null && rejoinedAt > disturbedAt;
      if (!isKnown && scheduler.now - disturbedAt < 12_000) continue;
      if (!network.passes(name, 'c') || !network.passes('c', name)) continue;
      const held = this.stepOf(worker.process);
      if (held > steps && !this.#mayGoBack(steps, held))
        this.#world.fail(`the record goes back to step ${steps}, though ${name} holds ${held}`);
    }
  }

  /**
   * Where the run's end goes by its evaluations, one that was lost is made again, whoever holds more; and what came after the last step
   * is none of the run's.
   */
  #mayGoBack(steps: number, held: number): boolean {
    const { truth } = this.#world;
    if (truth.ends === truth.steps) return false;
    return held > truth.ends || [...truth.evaluations.keys()].some((step) => steps <= step && step < held);
  }

  coordinatorDied(): void {
    this.#checkFolder();
    // What was not on the disk may be gone.
    this.#ledgerSteps = 0;
    for (const known of this.#known.values()) {
      known.rejoinedAt = null;
      known.unlisted ||= known.joining;
    }
  }

  workerDied({ process }: SimulatedWorker): void {
    this.#known.delete(process);
    this.#ends.set(process.name, (this.#ends.get(process.name) ?? 0) + 1);
  }

  /** A worker has ended by itself. */
  left(worker: SimulatedWorker, exitCode: number, code: string, message: string): void {
    const timers = this.#world.scheduler.pendingOf(worker.process).filter((label) => label === 'timer').length;
    if (timers > 0) this.#world.fail(`${worker.process.name} left with ${timers} timers running`);
    this.#refused(worker.process.name, message);
    if (this.poisoned !== null || exitCode === EXIT.done || exitCode === EXIT.interrupted || exitCode === EXIT.tryAgain)
      return;
    // Its process died at the same step again and again; or its engine did what the fault says.
    if (code === 'WORKER_LOST' || code === 'ENGINE_FAILED' || this.lacksRoom(exitCode)) return;
    this.#world.fail(`${worker.process.name} left with ${exitCode} ${code}: ${message}`);
  }

  /** What was to be saved last did not fit on the disk: the run says so and ends, and is resumed when there is room. */
  lacksRoom(exitCode: number): boolean {
    return exitCode === EXIT.ioError && this.#world.disk.wasFull;
  }

  /**
   * Fate struck one worker at the same step until it was not let in again, and too few were left: the run ends, and can be resumed.
   * That is what is promised: a worker that dies at the same step again and again is given up and named, of whatever it died, and the
   * run waits no longer than `gather` for others, of which here none come.
   */
  gaveUp({ run, events }: SimulatedCoordinator, exitCode: number): boolean {
    const failed = events.findLast((event) => event.type === 'failed');
    if (exitCode !== EXIT.tryAgain || failed?.code !== 'WORKERS_MISSING') return false;
    const barred = Object.entries(run?.model.deaths ?? {}).filter(([, deaths]) => isBarred(deaths));
    return barred.some(([name, { step }]) => failed.message.includes(` ${name} died at step ${step} `));
  }

  /** Nobody is to blame for a bad network: whoever is not let in again has ended as often as is said of it. */
  #refused(name: string, message: string): void {
    // What it is told of the end of the run may name another.
    const said = new RegExp(`\\b${name} died at step \\d+ (\\d+) times in a row, and is not let in again`).exec(
      message,
    );
    const ends = this.#ends.get(name) ?? 0;
    if (said === null) return;
    if (ends < Number(said[1])) this.#world.fail(`${name} was not let in again, but ended ${ends} times: ${message}`);
    // It has not died of this.
    this.#ends.set(name, ends - 1);
  }

  comesBack(exitCode: number, code: string): boolean {
    return (
      exitCode === EXIT.tryAgain ||
      code === 'ENGINE_FAILED' ||
      (exitCode === EXIT.interrupted && code === 'INTERRUPTED')
    );
  }

  coordinatorEnded(coordinator: SimulatedCoordinator, { exitCode, summary }: Ended): void {
    const { archive, events, process } = coordinator;
    const { truth, scheduler } = this.#world;
    const timers = scheduler.pendingOf(process).filter((label) => label === 'timer').length;
    if (timers > 0) this.#world.fail(`the coordinator ended with ${timers} timers running`);
    if (this.poisoned !== null) return this.#poisonNamed(events, exitCode);
    this.#checkFolder();
    if (exitCode === EXIT.interrupted || this.lacksRoom(exitCode) || this.gaveUp(coordinator, exitCode)) return;
    if (exitCode !== EXIT.done || summary === null) {
      const failed = events.findLast((event) => event.type === 'failed');
      this.#world.fail(`the run ended with ${exitCode}: ${failed?.message ?? ''}`);
    }
    if (summary.steps !== truth.ends) this.#world.fail(`the run ended after ${summary.steps} of ${truth.ends} steps`);
    if (summary.weightsDigest !== truth.weights[truth.ends]) this.#world.fail(`the digest is ${summary.weightsDigest}`);
    const ledger = this.ledgerLines();
    const steps = ledger.filter(({ type }) => type === 'step');
    if (steps.length !== truth.ends) this.#world.fail(`the ledger has ${steps.length} of ${truth.ends} steps`);
    if (archive!.ledger.steps !== truth.ends) this.#world.fail(`the ledger counts ${archive!.ledger.steps} steps`);
    this.#checkEvaluations();
    const saved = archive!.checkpoints.savedStep;
    if (saved !== truth.ends) this.#world.fail(`the newest checkpoint is that of step ${saved}`);
  }

  /** All processes are gone. */
  atEnd(): void {
    const { network } = this.#world;
    network.sweep();
    if (network.connections.size > 0) this.#world.fail(`${network.connections.size} connections are left`);
  }

  ledgerLines(): readonly { readonly type: string; readonly step: number; readonly generation: number }[] {
    return this.#lines(`${RUN_DIR}/ledger.jsonl`) as never;
  }

  #lines(path: string): readonly unknown[] {
    const text = this.#world.disk.bytes(path)?.toString('utf8') ?? '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
  }

  /** What lies on the disk between two processes. */
  #checkFolder(): void {
    let next = 0;
    let number = 0;
    for (const { type, step, generation } of this.ledgerLines()) {
      if (type === 'step' && step !== next++) this.#world.fail(`the ledger has step ${step} where ${next - 1} is due`);
      if (type === 'generation' && generation <= number) this.#world.fail(`generation ${generation} follows ${number}`);
      if (type === 'generation') number = generation;
    }
    if (next < this.#told.steps)
      this.#world.fail(`the ledger has ${next} steps, but workers were told that ${this.#told.steps} are on the disk`);
    let newest = 0;
    for (const [step, bytes] of this.#checkpoints()) {
      newest = Math.max(newest, step);
      if (step > next) this.#world.fail(`there is a checkpoint of step ${step}, but the ledger has ${next} steps`);
      if (!this.#holdsTruth(step, bytes)) this.#world.fail(`the checkpoint of step ${step} holds another state`);
    }
    if (newest < this.#told.saved)
      this.#world.fail(`the newest checkpoint is of step ${newest}, but workers were told of ${this.#told.saved}`);
  }

  #checkEvaluations(): void {
    const { truth } = this.#world;
    const lines = this.#lines(`${RUN_DIR}/metrics.jsonl`) as readonly {
      readonly type: string;
      readonly step: number;
      readonly loss: number;
    }[];
    const steps = lines.filter(({ type }) => type === 'step').map(({ step }) => step);
    for (const [index, step] of steps.entries())
      if (step !== index + 1) this.#world.fail(`metrics.jsonl has step ${step} at place ${index + 1}`);
    if (steps.length !== truth.ends) this.#world.fail(`metrics.jsonl has ${steps.length} of ${truth.ends} steps`);
    const seen = new Set<number>();
    for (const { type, step, loss } of lines) {
      if (type !== 'evaluation') continue;
      if (seen.has(step)) this.#world.fail(`the evaluation after step ${step} is on record twice`);
      seen.add(step);
      const expected = truth.evaluations.get(step);
      if (expected === undefined || !Object.is(expected, loss))
        this.#world.fail(`the evaluation after step ${step} came to ${loss}, not ${expected}`);
    }
    if (truth.evaluations.has(truth.ends) && !seen.has(truth.ends)) this.#world.fail('the last evaluation is missing');
  }

  #poisonNamed(events: SimulatedCoordinator['events'], exitCode: number): void {
    const failed = events.findLast((event) => event.type === 'failed');
    const { name, code } = this.poisoned!;
    const named = code === DIVERGED || (exitCode === EXIT.internal && failed?.message.includes(name) === true);
    // The others hold the same, and have told so.
    const majority = this.#world.scenario.wanted > 2 && code === 'REPLICAS_DIVERGED';
    // Or it had told the same as they, and sent something else.
    const told = [`${name} differs from the majority.`, `what ${name} holds has changed since.`];
    if (majority && !told.some((words) => failed?.message.includes(words)))
      this.#world.fail(`${name} was poisoned, and the run ended with another verdict: ${failed?.message ?? ''}`);
    if (failed?.code !== code || !named)
      this.#world.fail(`a worker was poisoned, and the run ended with ${exitCode}: ${failed?.message ?? ''}`);
    for (const [step, bytes] of this.#checkpoints()) {
      if (!this.#holdsTruth(step, bytes)) this.#world.fail(`the checkpoint of step ${step} holds the poison`);
    }
  }

  /** Whether a checkpoint is whole, and holds what it should. One with the bytes of another that was looked at is not read again. */
  #holdsTruth(step: number, bytes: Buffer): boolean {
    const { states, files } = this.#world.truth;
    if (files.get(step)?.equals(bytes) === true) return true;
    if (decodeState(bytes, 'a checkpoint').stateDigest !== states[step]) return false;
    files.set(step, Buffer.from(bytes));
    return true;
  }

  #checkpoints(): readonly (readonly [number, Buffer])[] {
    const { disk, truth } = this.#world;
    return truth.states.flatMap((_, step) => {
      const bytes = disk.bytes(`${RUN_DIR}/checkpoints/${checkpointName(step)}`);
      return bytes === null ? [] : [[step, bytes] as const];
    });
  }
}
