import { connectMesh } from '../../src/collective/connect-mesh.ts';
import { connectStar } from '../../src/collective/connect-star.ts';
import type { Kernels } from '../../src/collective/kernels/kernels.ts';
import { createOptimizer } from '../../src/engine/optimizer/create.ts';
import { GradientNorm } from '../../src/engine/optimizer/gradient-norm.ts';
import { subtreesOf } from '../../src/shared/plan/tree.ts';
import type { Blueprint } from '../../src/worker/assignment/blueprint.ts';
import { allocateReplica } from '../../src/worker/assignment/memory.ts';
import type { FromEngine } from '../../src/worker/messages/from-engine.ts';
import type { ToEngine } from '../../src/worker/messages/to-engine.ts';
import { NO_TRACE } from '../../src/worker/trace/trace.ts';
import { EngineHost, type Verdict } from '../../src/worker/training/engine-host.ts';
import type { ConnectGroup } from '../../src/worker/transport/group.ts';
import type { Replica } from '../../src/worker/transport/replica.ts';
import { Session } from '../../src/worker/transport/session.ts';
import { SimulatedSamples, simulatedEngine, simulatedPrograms, type Tempo } from './engine.ts';
import { ObservedReplica } from './observed-replica.ts';
import type { Process } from './scheduler.ts';
import type { World } from './world.ts';

/** One process of a worker, both of its threads, from its start to its end. */
export class SimulatedWorker {
  readonly process: Process;
  readonly tempo: Tempo;
  readonly kernels: Kernels;
  replica: ObservedReplica | null = null;
  session: Session | null = null;
  /** Its engine has thrown: it is about to end. */
  failed = false;
  readonly #world: World;
  readonly #host: EngineHost;
  readonly #lines: string[] = [];

  constructor(world: World, process: Process, kernels: Kernels, tempo: Tempo, onLeft: (verdict: Verdict) => void) {
    this.#world = world;
    this.process = process;
    this.kernels = kernels;
    this.tempo = tempo;
    const { network } = world;
    const wait = (ms: number, label: string) =>
      new Promise<void>((resolve) => void network.scheduler.after(process, ms, label, resolve));
    this.#host = new EngineHost({
      engine: null,
      threads: 1,
      checkEngine: () => Promise.resolve(),
      createEngine: () => Promise.resolve(simulatedEngine()),
      openSamples: (blueprint) => Promise.resolve(new SimulatedSamples(blueprint, wait, () => world.dice.chance(0.1))),
      compile: async (_, blueprint) => {
        await wait(world.scenario.compileMs * world.dice.between(0.5, 1.5), 'compile');
        return simulatedPrograms(blueprint, tempo, wait);
      },
      loadCalls: () => Promise.resolve(kernels.calls),
      loop: { now: () => this.#seconds(), fault: () => undefined, trace: NO_TRACE },
      post: (message: FromEngine) => this.#toTransport(message),
      log: (line) => this.#log(line),
    });
    void this.#host.left.then((verdict) => {
      if (!process.dead) onLeft(verdict);
    });
  }

  /** Both threads are there. */
  async start(): Promise<void> {
    const { world, kernels, process } = { world: this.#world, kernels: this.kernels, process: this.process };
    const { arena } = kernels;
    const allocate = (floats: number) => arena.allocateFloats(floats).fill(0);
    this.session = new Session({
      name: process.name,
      threads: 1,
      address: () => `${process.name}:1`,
      coordinator: 'ws://c',
      control: {
        connect: (signal) => world.callCoordinator(process, signal),
        firstWaitMs: 30_000,
        waitMs: 600_000,
        random: () => world.dice.uniform(),
      },
      toEngine: (message) => this.#toEngine(message),
      allocate,
      memory: arena.memory,
      createReplica: (blueprint) => this.#makeReplica(blueprint, allocate),
      connect: this.#connect(),
      leastBound: world.scenario.leastBound,
      now: () => this.#seconds(),
      setTimer: (action, ms) => world.network.scheduler.after(process, ms, 'timer', action),
      trace: NO_TRACE,
      log: (line) => this.#log(line),
    });
    await this.#host.join();
  }

  /** SIGTERM. */
  interrupt(): void {
    if (!this.process.dead) this.#toTransport({ type: 'interrupt' });
  }

  #makeReplica(blueprint: Blueprint, allocate: (floats: number) => Float32Array): Replica {
    const optimizer = createOptimizer(blueprint.job, blueprint.network, this.kernels);
    const memory = allocateReplica(allocate, blueprint.layout, optimizer.moments.length);
    const norm = new GradientNorm(blueprint.layout.parameters, this.kernels);
    this.replica = new ObservedReplica(blueprint, memory, optimizer, norm, this.#world.observer(this.process));
    return this.replica;
  }

  #connect(): ConnectGroup {
    const { switchboard } = this.#world;
    const linking = switchboard.linkingOf({ site: this.process.name, process: this.process }, true);
    const { kernels } = this;
    const { chunkFloats } = this.#world.scenario;
    return ({ topology, key, members }, group, { vectors, result, twins }, callbacks, signal) => {
      const contributions = vectors.slice(0, subtreesOf(group.leaves, group.held[group.rank]!).length);
      const memory = { kernels, contributions, result, twins };
      const shared = { group, memory, callbacks, key, deadlineMs: 120_000, linking, chunkFloats, signal };
      return topology === 'mesh'
        ? connectMesh({ ...shared, server: null, members })
        : connectStar({ ...shared, coordinator: 'ws://c' });
    };
  }

  /** Between the threads of a process messages take a moment, too. */
  #toEngine(message: ToEngine): void {
    this.#thread.down(() => this.#host.receive(message), `engine: ${message.type}`);
  }

  #toTransport(message: FromEngine): void {
    this.failed ||= message.type === 'failed';
    this.#thread.up(() => this.session?.engineSays(message), `from engine: ${message.type}`);
  }

  readonly #thread = {
    at: [0, 0],
    down: (action: () => void, label: string) => this.#post(0, action, label),
    up: (action: () => void, label: string) => this.#post(1, action, label),
  };

  #post(way: 0 | 1, action: () => void, label: string): void {
    const { scheduler, dice } = this.#world.network;
    const at = Math.max(this.#thread.at[way]!, scheduler.now + dice.between(0, 0.2));
    this.#thread.at[way] = at;
    scheduler.after(this.process, at - scheduler.now, label, action);
  }

  #seconds(): number {
    return (this.#world.network.scheduler.now + this.process.clockOffset) / 1000;
  }

  #log(line: string): void {
    this.#lines.push(line);
    this.#world.network.scheduler.note(this.process.name, 'log', line);
  }
}
