import { Kernels } from '../../../src/collective/kernels/kernels.ts';
import { SharedArena } from '../../../src/collective/kernels/shared-arena.ts';
import type { CoordinatorChannel } from '../../../src/shared/link/channel.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../../src/shared/protocol/to-worker.ts';
import type { Assignment } from '../../../src/worker/assignment/blueprint.ts';
import type { ConnectGroup } from '../../../src/worker/transport/group.ts';
import { LocalWorker } from './local-worker.ts';
import { MemoryReduceGroup } from './memory-reduce.ts';
import type { Heard } from './scripted-coordinator.ts';

type Hello = Heard<'hello'>;

/** A coordinator without a will of its own: a test says each of its words, and waits for the workers' answers. */
export class Conductor {
  readonly heard: { readonly worker: number; readonly message: ToCoordinator }[] = [];
  readonly workers: LocalWorker[] = [];
  readonly kernels: Kernels[] = [];
  readonly groups = new Map<number, MemoryReduceGroup>();
  /** How a `hello` is answered. */
  greeting: (worker: number, hello: Hello) => ToWorker = () => this.welcome();
  /** What a test does on hearing something, at once. */
  onMessage: (worker: number, message: ToCoordinator) => void = () => undefined;
  readonly #assignment: Assignment;
  readonly #channels = new Map<number, CoordinatorChannel>();
  #waiting: { readonly when: () => boolean; readonly resolve: () => void }[] = [];

  constructor(assignment: Assignment) {
    this.#assignment = assignment;
  }

  /** Starts another worker. Resolves when it is ready. */
  async add(): Promise<number> {
    const index = this.workers.length;
    const kernels = await Kernels.load(new SharedArena({ maximumBytes: 2 ** 24 }));
    const connect: ConnectGroup = async (_, group, memory, callbacks) => {
      const joined = this.groups.get(group.generation) ?? new MemoryReduceGroup(group);
      this.groups.set(group.generation, joined);
      return joined.join(group.rank, memory, callbacks);
    };
    const accept = (channel: CoordinatorChannel) => this.#accept(index, channel);
    const worker = new LocalWorker(`worker-${index}`, this.#assignment, { accept }, kernels, connect);
    this.workers.push(worker);
    this.kernels.push(kernels);
    await worker.host.join();
    await this.until(() => this.from(index, 'ready').length > 0);
    return index;
  }

  welcome(more: Partial<Extract<ToWorker, { type: 'welcome' }>> = {}): ToWorker {
    const { job, dataset, microbatches } = this.#assignment;
    return { type: 'welcome', workerId: 'w', run: 'the run', job, dataset, microbatches, resume: null, ...more };
  }

  send(worker: number, message: ToWorker): void {
    this.#channels.get(worker)?.send(message);
  }

  all<T extends ToCoordinator['type']>(type: T): readonly Heard<T>[] {
    return this.heard.map(({ message }) => message).filter((message): message is Heard<T> => message.type === type);
  }

  from<T extends ToCoordinator['type']>(worker: number, type: T): readonly Heard<T>[] {
    return this.heard
      .filter(({ worker: other }) => other === worker)
      .map(({ message }) => message)
      .filter((message): message is Heard<T> => message.type === type);
  }

  /** Resolves as soon as `when` holds; it is looked at after every message. */
  until(when: () => boolean): Promise<void> {
    if (when()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ when, resolve }));
  }

  /** Forms a generation of these workers, in the order of ranks, and waits until all are connected. */
  async seat(
    generation: number,
    members: readonly number[],
    step: number,
    microbatches?: readonly (readonly [number, number])[],
  ): Promise<void> {
    const announced = members.map((worker) => ({ workerId: `w${worker}`, name: `worker-${worker}`, address: null }));
    for (const [rank, worker] of members.entries()) {
      this.send(worker, {
        type: 'generation',
        generation,
        key: `key of ${generation}`,
        rank,
        topology: 'mesh',
        members: announced,
        step,
        ...(microbatches === undefined ? {} : { microbatches: microbatches.map(([start, end]) => [start, end]) }),
      });
    }
    const isConnected = (worker: number) =>
      this.from(worker, 'connected').some((message) => message.generation === generation);
    await this.until(() => members.every(isConnected));
  }

  begin(generation: number, members: readonly number[], owed: { evaluate?: boolean; checkpoint?: boolean } = {}): void {
    for (const worker of members) this.send(worker, { type: 'begin', generation, ...owed });
  }

  /** Halts, or drains, and resolves with what each answers. */
  async stop(
    how: 'halt' | 'drain',
    generation: number,
    members: readonly number[],
  ): Promise<readonly [Heard<'weights'>, ...Heard<'weights'>[]]> {
    const answers = (worker: number) =>
      this.from(worker, 'weights').filter((m) => m.engineBusy !== null && m.generation === generation);
    const before = new Map(members.map((worker) => [worker, answers(worker).length]));
    for (const worker of members) this.send(worker, how === 'halt' ? { type: 'halt', generation } : { type: 'drain' });
    await this.until(() => members.every((worker) => answers(worker).length > before.get(worker)!));
    const [first, ...others] = members.map((worker) => answers(worker).at(-1));
    return [first!, ...others];
  }

  /** Ends the run for these workers. */
  async leave(members: readonly number[]): Promise<void> {
    for (const worker of members) this.send(worker, { type: 'leave', exitCode: 0, code: 'DONE', message: '' });
    await Promise.all(members.map((worker) => this.workers[worker]!.left));
  }

  /** The digests of the newest state that these workers told of. */
  digest(members: readonly number[]): string {
    const digests = new Set(
      members.map((worker) => {
        const { step, weightsDigest, statisticsDigest, optimizerDigest } = this.from(worker, 'weights').at(-1)!;
        return `${step} ${weightsDigest} ${statisticsDigest} ${optimizerDigest}`;
      }),
    );
    if (digests.size !== 1) throw new Error(`the workers differ: ${[...digests].join(', ')}`);
    return [...digests][0]!;
  }

  #accept(worker: number, channel: CoordinatorChannel): void {
    this.#channels.set(worker, channel);
    channel.start({
      onMessage: (message) => this.#receive(worker, message),
      onClose: () => {
        if (this.#channels.get(worker) === channel) this.#channels.delete(worker);
      },
    });
  }

  #receive(worker: number, message: ToCoordinator): void {
    this.heard.push({ worker, message });
    this.onMessage(worker, message);
    if (message.type === 'hello') this.send(worker, this.greeting(worker, message));
    if ((message.type === 'state' || message.type === 'reduced') && message.to !== undefined) {
      const { to, ...part } = message;
      this.send(Number(to.slice(1)), part);
    }
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) {
      if (waiter.when()) waiter.resolve();
      else this.#waiting.push(waiter);
    }
  }
}
