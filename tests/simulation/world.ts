import { EXIT, GradsocketError } from '../../src/shared/errors.ts';
import type { WorkerChannel } from '../../src/shared/link/channel.ts';
import { LIMITS } from '../../src/shared/protocol/limits.ts';
import { Checks, Violation } from './checks.ts';
import { ControlConnection } from './control-channel.ts';
import { Dice } from './dice.ts';
import type { Tempo } from './engine.ts';
import type { SimulatedJob } from './jobs.ts';
import type { KernelsPool } from './kernels-pool.ts';
import { Switchboard } from './linking.ts';
import { Network } from './network.ts';
import type { ReplicaObserver } from './observed-replica.ts';
import type { Truth } from './oracle.ts';
import type { Scenario } from './scenario.ts';
import { Process, Scheduler } from './scheduler.ts';
import { type Ended, SimulatedCoordinator } from './simulated-coordinator.ts';
import { SimulatedWorker } from './simulated-worker.ts';
import { MachineDisk } from './machine-disk.ts';

/** As LIMITS has them after the coordinator's own pace. */
const PING_MS = 1_000;
const SILENCE_MS = 5_000;
/** No fault lasts longer that fills the disk. */
const LONGEST_FULL_MS = 20_000;

/** A place for one worker's processes. */
export interface Slot {
  readonly name: string;
  readonly tempo: Tempo;
  worker: SimulatedWorker | null;
  /** Whether one is started again when it has ended without being told to stay away. */
  staysAway: boolean;
  starts: number;
  /** When it was last disturbed, in milliseconds. */
  disturbedAt: number;
}

export interface WorldOptions {
  readonly scenario: Scenario;
  readonly simulated: SimulatedJob;
  readonly truth: Truth;
  readonly kernelsPool: KernelsPool;
}

/** All processes of a history, what connects them and what outlives them. */
export class World {
  readonly scenario: Scenario;
  readonly simulated: SimulatedJob;
  readonly truth: Truth;
  readonly kernelsPool: KernelsPool;
  readonly scheduler = new Scheduler();
  readonly dice: Dice;
  readonly network: Network;
  readonly switchboard: Switchboard;
  readonly disk: MachineDisk;
  readonly checks: Checks;
  readonly slots = new Map<string, Slot>();
  /** What the faults do, and those who start processes again: a process that never dies. */
  readonly fate = new Process('fate');
  coordinator: SimulatedCoordinator | null = null;
  /** How the run ended; null: it has not. */
  ended: Ended | null = null;
  readonly #begun = { coordinators: 0 };
  /** Of workers whose calls are under way to the coordinator's process: what refuses them. */
  readonly #calls = new Set<() => void>();

  constructor({ scenario, simulated, truth, kernelsPool }: WorldOptions) {
    this.scenario = scenario;
    this.simulated = simulated;
    this.truth = truth;
    this.kernelsPool = kernelsPool;
    this.dice = new Dice(scenario.seed, 2);
    this.network = new Network(this.scheduler, this.dice, scenario);
    this.switchboard = new Switchboard(this.network, (dialler) => this.checks.dialled(dialler));
    this.disk = new MachineDisk(this.scheduler, new Dice(scenario.seed, 3));
    this.disk.syncMs = scenario.syncMs;
    this.checks = new Checks(this);
  }

  begin(): void {
    this.startCoordinator();
    for (const name of this.scenario.names)
      this.later(this.dice.between(0, 300), 'start', () => this.startWorker(name));
  }

  /** In `fate`. */
  later(ms: number, label: string, action: () => void): void {
    this.scheduler.after(this.fate, ms, label, action);
  }

  startCoordinator(): void {
    if (this.coordinator !== null || this.ended !== null) return;
    const process = new Process('c', this.dice.between(0, 1e6));
    this.network.rebooted('c');
    this.#refuseCalls();
    const coordinator = new SimulatedCoordinator(this, process);
    this.coordinator = coordinator;
    const resume = this.#begun.coordinators++ > 0;
    this.scheduler.after(process, 0, 'start', () => {
      coordinator.lead(resume).then(
        (ended) => this.#coordinatorEnded(coordinator, ended),
        (error: unknown) => {
          if (!this.disk.wasFull || !(error instanceof GradsocketError) || error.exitCode !== EXIT.ioError) throw error;
          this.#coordinatorEnded(coordinator, { exitCode: error.exitCode, summary: null });
        },
      );
    });
  }

  startWorker(name: string): void {
    const slot = this.slotOf(name);
    if (slot.worker !== null || this.ended !== null) return;
    const process = new Process(name, this.dice.between(0, 1e6));
    slot.starts++;
    slot.tempo.hangs = false;
    slot.tempo.fails = false;
    this.network.rebooted(name);
    const worker = new SimulatedWorker(
      this,
      process,
      this.kernelsPool.take(process),
      slot.tempo,
      ({ exitCode, code, message }) => {
        this.scheduler.note(name, `left ${exitCode} ${code}`, message);
        this.checks.left(worker, exitCode, code, message);
        this.#workerGone(slot, worker, true);
        this.#again(slot, exitCode, code);
      },
    );
    slot.worker = worker;
    slot.disturbedAt = this.scheduler.now;
    this.scheduler.after(process, 0, 'start', () => void worker.start());
  }

  slotOf(name: string): Slot {
    let slot = this.slots.get(name);
    if (slot === undefined) {
      const { pace } = this.scenario;
      slot = {
        name,
        tempo: { pace: () => pace * this.dice.between(0.7, 1.3), hangs: false, fails: false, poison: null },
        worker: null,
        staysAway: false,
        starts: 0,
        disturbedAt: 0,
      };
      this.slots.set(name, slot);
    }
    return slot;
  }

  /** `ms`: when it is started again; null: never. `told`: its machine tells the others. */
  killWorker(name: string, ms: number | null, told: boolean): void {
    const slot = this.slotOf(name);
    const { worker } = slot;
    if (worker === null) return;
    this.#workerGone(slot, worker, told);
    if (ms === null && this.mayStayAway(slot)) slot.staysAway = true;
    else this.later(ms ?? 100, 'start', () => this.startWorker(name));
  }

  killCoordinator(ms: number, power: boolean, told: boolean): void {
    const { coordinator } = this;
    if (coordinator === null) return;
    coordinator.process.dead = true;
    this.coordinator = null;
    this.network.died(coordinator.process, told);
    if (told) this.#refuseCalls();
    this.disk.crash(power);
    this.checks.coordinatorDied();
    this.later(ms, 'start', () => this.startCoordinator());
  }

  /** A worker's process looks for the coordinator. */
  callCoordinator(process: Process, signal: AbortSignal): Promise<WorkerChannel> {
    const { network, scheduler } = this;
    return new Promise((resolve, reject) => {
      let open = true;
      const fail = () => {
        if (!open) return;
        open = false;
        cancel();
        signal.removeEventListener('abort', fail);
        reject(new GradsocketError('UNREACHABLE', EXIT.tryAgain, 'Nobody answers at ws://c.'));
      };
      const cancel = scheduler.after(process, LIMITS.handshakeMs, 'handshake takes too long', fail);
      signal.addEventListener('abort', fail, { once: true });
      if (!network.passes(process.name, 'c')) return;
      const { coordinator } = this;
      const back = (label: string, action: () => void) => {
        if (network.passes('c', process.name)) scheduler.after(process, network.delay(), label, action);
      };
      const refuse = () => back('refused', fail);
      if (coordinator === null) return refuse();
      this.#calls.add(refuse);
      scheduler.after(coordinator.process, network.delay(), 'call', () => {
        this.#calls.delete(refuse);
        const connection = new ControlConnection(
          {
            network,
            encoded: this.scenario.encoded,
            pingIntervalMs: PING_MS,
            silenceMs: SILENCE_MS,
            drainAbove: this.scenario.seed % 3,
            bulkFactor: this.scenario.bulkFactor,
            onDelivered: (to, message) => this.checks.delivered(to, message),
          },
          { site: process.name, process },
          { site: 'c', process: coordinator.process },
        );
        coordinator.admit(connection.coordinator);
        back('opened', () => {
          if (!open) return connection.breakOff();
          open = false;
          cancel();
          signal.removeEventListener('abort', fail);
          resolve(connection.worker);
        });
      });
    });
  }

  observer(process: Process): ReplicaObserver {
    return this.checks.observer(process);
  }

  /** Workers that are alive. */
  get workers(): readonly SimulatedWorker[] {
    return [...this.slots.values()].flatMap(({ worker }) => worker ?? []);
  }

  #workerGone(slot: Slot, worker: SimulatedWorker, told: boolean): void {
    worker.process.dead = true;
    slot.worker = null;
    slot.disturbedAt = this.scheduler.now;
    this.network.died(worker.process, told);
    this.checks.workerDied(worker);
  }

  /** The process that they were meant for is gone, and its machine, which is there, says so. */
  #refuseCalls(): void {
    for (const refuse of this.#calls) refuse();
    this.#calls.clear();
  }

  /** Whoever starts workers starts this one again, unless it was told not to. */
  #again(slot: Slot, exitCode: number, code: string): void {
    if (this.ended !== null || slot.staysAway || exitCode === EXIT.done) return;
    // Whoever makes room on the disk starts it again, also where the coordinator was killed before it had ended for want of room.
    if (this.checks.lacksRoom(exitCode)) this.later(LONGEST_FULL_MS, 'start', () => this.startWorker(slot.name));
    if (!this.checks.comesBack(exitCode, code)) return;
    this.later(this.dice.magnitude(50, 5_000), 'start', () => this.startWorker(slot.name));
  }

  /** A signal, or what else comes from outside. */
  inCoordinator(label: string, action: () => void): void {
    const { coordinator } = this;
    if (coordinator !== null) this.scheduler.after(coordinator.process, 0, label, action);
  }

  /** Where everything stands, for sentences. */
  where(): string {
    const { coordinator } = this;
    const phase = coordinator === null ? 'no coordinator' : (coordinator.run?.model.phase.name ?? 'opening');
    const workers = this.workers.map(({ process, session }) => {
      const how = process.stopped ? ' (stopped)' : '';
      return `${process.name} ${session?.state ?? 'starting'} ${this.checks.stepOf(process)}${how}`;
    });
    return `${phase}; ${workers.join(', ')}`;
  }

  /** Not if the run could not go on without it. */
  mayStayAway(slot: Slot): boolean {
    const others = [...this.slots.values()].filter((other) => other !== slot && !other.staysAway).length;
    return others >= Math.max(this.scenario.min, 1);
  }

  #coordinatorEnded(coordinator: SimulatedCoordinator, ended: Ended): void {
    if (coordinator.process.dead) return;
    this.scheduler.note('c', `ended ${ended.exitCode}`, ended.summary);
    coordinator.process.dead = true;
    this.coordinator = null;
    this.checks.coordinatorEnded(coordinator, ended);
    this.network.died(coordinator.process, true);
    if (ended.exitCode === EXIT.interrupted) this.#resume(this.interruptedFor);
    else if (this.checks.lacksRoom(ended.exitCode)) this.#resume(LONGEST_FULL_MS);
    else if (this.checks.gaveUp(coordinator, ended.exitCode)) this.#resume(this.interruptedFor);
    else this.ended = ended;
  }

  /** Whoever pressed Ctrl-C, or made room on the disk, starts all that belongs to the run again. */
  #resume(ms: number): void {
    this.later(ms, 'start', () => this.startCoordinator());
    for (const name of this.scenario.names) {
      this.slotOf(name).staysAway = false;
      this.later(ms + this.dice.between(0, 2_000), 'start', () => this.startWorker(name));
    }
  }

  /** For how long after a Ctrl-C nobody leads the run. */
  interruptedFor = 100;

  /** What was wrong first: whoever is in between may take what is thrown for a failure of its own. */
  violation: string | null = null;

  fail(what: string): never {
    this.violation ??= what;
    throw new Violation(what);
  }
}
