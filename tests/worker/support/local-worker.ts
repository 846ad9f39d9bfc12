import { EXIT, GradsocketError } from '../../../src/shared/errors.ts';
import type { CoordinatorChannel, WorkerChannel } from '../../../src/shared/link/channel.ts';
import { createChannelPair } from '../../shared/link/memory-channel.ts';
import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import { createOptimizer } from '../../../src/engine/optimizer/create.ts';
import { GradientNorm } from '../../../src/engine/optimizer/gradient-norm.ts';
import { NO_TRACE } from '../../../src/worker/trace/trace.ts';
import type { Engine } from '../../../src/engine/interface/engine.ts';
import { EngineHost, type Verdict } from '../../../src/worker/training/engine-host.ts';
import { type Assignment, drawBlueprint } from '../../../src/worker/assignment/blueprint.ts';
import { allocateReplica } from '../../../src/worker/assignment/memory.ts';
import type { FromEngine } from '../../../src/worker/messages/from-engine.ts';
import type { ConnectGroup } from '../../../src/worker/transport/group.ts';
import { Replica } from '../../../src/worker/transport/replica.ts';
import { Session } from '../../../src/worker/transport/session.ts';
import type { ToEngine } from '../../../src/worker/messages/to-engine.ts';
import { FakeEngine } from './fake-engine.ts';
import { FakeSamples } from './fake-samples.ts';
import { MemoryReduceGroup } from './memory-reduce.ts';
import { type Script, ScriptedCoordinator } from './scripted-coordinator.ts';

const MIB = 2 ** 20;

/** Both threads of a worker within this one: messages between them arrive in microtasks of their own. */
export class LocalWorker {
  readonly session: Session;
  readonly host: EngineHost;
  readonly left: Promise<Verdict>;
  readonly toEngine: ToEngine[] = [];
  readonly lines: string[] = [];
  readonly timers = new Set<() => void>();
  samples: FakeSamples | null = null;
  /** Ends the control connection, as when the network fails. */
  cut: () => void = () => undefined;
  /** Whether the coordinator can be called. */
  reachable = true;
  /** Seconds. */
  now = 0;
  /** As if killed: its engine is heard no more. */
  dead = false;

  constructor(
    name: string,
    assignment: Assignment,
    coordinator: { accept(channel: CoordinatorChannel): void },
    kernels: Kernels,
    connect: ConnectGroup,
    withheld: (message: FromEngine) => boolean = () => false,
    createEngine?: () => Promise<Engine>,
    abreast?: number,
  ) {
    const { network } = drawBlueprint(assignment);
    const allocate = (floats: number) => kernels.arena.allocateFloats(floats);
    this.session = new Session({
      name,
      threads: 1,
      address: () => null,
      coordinator: 'ws://coordinator',
      control: { connect: () => this.#call(coordinator), firstWaitMs: 1000, waitMs: 1000, random: () => 0.5 },
      toEngine: (message) => {
        this.toEngine.push(message);
        queueMicrotask(() => this.host.receive(message));
      },
      allocate,
      memory: kernels.arena.memory,
      createReplica: (blueprint) => {
        const { layout } = blueprint;
        const optimizer = createOptimizer(blueprint.job, blueprint.network, kernels);
        const memory = allocateReplica(allocate, layout, optimizer.moments.length);
        return new Replica(blueprint, memory, optimizer, new GradientNorm(layout.parameters, kernels));
      },
      connect,
      now: () => this.now,
      setTimer: (callback) => {
        this.timers.add(callback);
        return () => void this.timers.delete(callback);
      },
      trace: NO_TRACE,
      log: (line) => void this.lines.push(line),
    });
    this.host = new EngineHost({
      engine: null,
      threads: 1,
      checkEngine: () => Promise.resolve(),
      createEngine: createEngine ?? (() => Promise.resolve(new FakeEngine(network, abreast))),
      openSamples: (blueprint) => {
        this.samples = new FakeSamples(blueprint);
        return Promise.resolve(this.samples);
      },
      loop: { now: () => 0, fault: () => undefined, trace: NO_TRACE },
      post: (message: FromEngine) => {
        if (!withheld(message)) queueMicrotask(() => void (this.dead || this.session.engineSays(message)));
      },
      log: (line) => void this.lines.push(line),
    });
    this.left = this.host.left;
  }

  /** As SIGKILL: nobody hears of it any more. */
  kill(): void {
    this.dead = true;
    this.reachable = false;
    this.cut();
    this.timers.clear();
  }

  /** Lets all pauses and deadlines pass. */
  passTime(): void {
    const due = [...this.timers];
    this.timers.clear();
    for (const callback of due) callback();
  }

  #call(coordinator: { accept(channel: CoordinatorChannel): void }): Promise<WorkerChannel> {
    if (!this.reachable) return Promise.reject(new GradsocketError('UNREACHABLE', EXIT.tryAgain, 'Nobody answers.'));
    const pair = createChannelPair();
    this.cut = pair.cut;
    coordinator.accept(pair.coordinator);
    return Promise.resolve(pair.worker);
  }
}

export interface RunResult {
  readonly coordinator: ScriptedCoordinator;
  readonly workers: readonly LocalWorker[];
  readonly verdicts: readonly Verdict[];
}

/** Starts the script's workers; `result` resolves when all have left. */
export async function startRun(script: Script) {
  const coordinator = new ScriptedCoordinator(script);
  const groups = new Map<number, MemoryReduceGroup>();
  const connect: ConnectGroup = async (_, group, memory, callbacks) => {
    const joined = groups.get(group.generation) ?? new MemoryReduceGroup(group);
    groups.set(group.generation, joined);
    return joined.join(group.rank, memory, callbacks);
  };
  const workers: LocalWorker[] = [];
  for (let index = 0; index < script.workers; index++) {
    const kernels = await Kernels.load(new SharedArena({ maximumBytes: (script.memoryMib ?? 16) * MIB }));
    const withheld = (message: FromEngine) => script.withhold?.(index, message) === true;
    workers.push(
      new LocalWorker(
        `worker-${index}`,
        script.assignment,
        coordinator,
        kernels,
        connect,
        withheld,
        script.createEngine,
        script.abreast,
      ),
    );
  }
  for (const { host } of workers) await host.join();
  const result = Promise.all(workers.map(({ left }) => left)).then((verdicts) => ({ coordinator, workers, verdicts }));
  return { coordinator, workers, groups, result };
}

export async function runToEnd(script: Script): Promise<RunResult> {
  return (await startRun(script)).result;
}
