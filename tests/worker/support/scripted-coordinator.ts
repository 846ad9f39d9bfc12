import type { Engine } from '../../../src/engine/interface/engine.ts';
import type { FromEngine } from '../../../src/worker/messages/from-engine.ts';
import { stateParts } from '../../../src/shared/checkpoint/assembly.ts';
import { StateAssembly } from '../../../src/shared/checkpoint/assembly.ts';
import type { CoordinatorChannel } from '../../../src/shared/link/channel.ts';
import type { ToCoordinator } from '../../../src/shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../../src/shared/protocol/to-worker.ts';
import type { Assignment } from '../../../src/worker/assignment/blueprint.ts';

export type Heard<T extends ToCoordinator['type']> = Extract<ToCoordinator, { type: T }>;

export interface Script {
  readonly assignment: Assignment;
  readonly workers: number;
  readonly topology?: 'mesh' | 'star';
  readonly resume?: { readonly step: number; readonly file: Uint8Array<ArrayBuffer> } | undefined;
  /** Asks all to stop when the first report of this step comes. */
  readonly drainAt?: number | undefined;
  /** Instead of the made-up one. */
  readonly createEngine?: () => Promise<Engine>;
  /** How many microbatches the fake engines compute at once; default 1. */
  readonly abreast?: number | undefined;
  /** Of the memory of each worker. */
  readonly memoryMib?: number;
  /** What a worker's engine says and its transport thread never hears: true. */
  readonly withhold?: (worker: number, message: FromEngine) => boolean;
  /** Called for each message before it is acted on; true: the script leaves it alone. */
  readonly intercept?: (worker: number, message: ToCoordinator, coordinator: ScriptedCoordinator) => boolean;
}

const DONE = { type: 'leave', exitCode: 0, code: 'DONE', message: '' } as const;

/** The coordinator's part as the protocol tells it, for one generation and without any recovery. */
export class ScriptedCoordinator {
  readonly heard: { readonly worker: number; readonly message: ToCoordinator }[] = [];
  /** The newest checkpoint that was uploaded whole. */
  checkpoint: { readonly step: number; readonly file: Uint8Array<ArrayBuffer> } | null = null;
  readonly #script: Script;
  readonly #channels: CoordinatorChannel[] = [];
  readonly #addresses: (string | null)[] = [];
  #assembly: StateAssembly | null = null;
  #drained = false;

  constructor(script: Script) {
    this.#script = script;
  }

  accept(channel: CoordinatorChannel): void {
    const worker = this.#channels.push(channel) - 1;
    channel.start({ onMessage: (message) => this.#receive(worker, message), onClose: () => undefined });
  }

  all<T extends ToCoordinator['type']>(type: T): readonly Heard<T>[] {
    return this.heard.map(({ message }) => message).filter((message): message is Heard<T> => message.type === type);
  }

  send(worker: number, message: ToWorker): void {
    this.#channels[worker]!.send(message);
  }

  broadcast(message: ToWorker): void {
    for (const channel of this.#channels) channel.send(message);
  }

  #receive(worker: number, message: ToCoordinator): void {
    this.heard.push({ worker, message });
    if (this.#script.intercept?.(worker, message, this) === true) return;
    const { workers, drainAt } = this.#script;
    switch (message.type) {
      case 'hello':
        this.#addresses[worker] = message.address;
        return this.#welcome(worker);
      case 'ready':
        if (this.all('ready').length === workers) this.#begin(message.step);
        return;
      case 'connected':
        if (this.all('connected').length === workers) this.broadcast({ type: 'begin', generation: 1 });
        return;
      case 'step':
        if (message.step !== drainAt || this.#drained) return;
        this.#drained = true;
        return this.broadcast({ type: 'drain' });
      case 'state': {
        this.#assembly ??= new StateAssembly(message);
        const file = this.#assembly.add(message);
        if (file === null) return;
        this.#assembly = null;
        this.checkpoint = { step: message.step, file };
        if (this.#drained) this.broadcast(DONE);
        return;
      }
      case 'weights': {
        const answers = this.all('weights').filter(({ engineBusy }) => engineBusy !== null);
        if (this.#drained && message.engineBusy !== null && answers.length === workers)
          this.send(0, { type: 'upload' });
        return;
      }
      case 'done':
        if (this.all('done').length < workers) return;
        return this.broadcast(DONE);
      case 'leaving':
        return this.send(worker, { type: 'leave', exitCode: 130, code: 'INTERRUPTED', message: 'interrupted' });
      case 'failed':
      case 'peerLost':
      case 'evaluated':
      case 'reduced':
      case 'healed':
      case 'fetch':
      case 'badSample':
      case 'inspected':
        return;
    }
  }

  #welcome(worker: number): void {
    const { assignment, resume } = this.#script;
    this.send(worker, {
      type: 'welcome',
      workerId: `w${worker}`,
      job: assignment.job,
      dataset: assignment.dataset,
      microbatches: assignment.microbatches,
      resume: resume === undefined ? null : { step: resume.step, bytes: resume.file.length },
    });
    if (resume === undefined) return;
    for (const part of stateParts(resume.step, resume.file)) {
      this.send(worker, part);
    }
  }

  #begin(step: number): void {
    const members = this.#channels.map((_, worker) => ({
      workerId: `w${worker}`,
      name: `worker-${worker}`,
      address: this.#addresses[worker] ?? null,
    }));
    const topology = this.#script.topology ?? 'mesh';
    for (const rank of this.#channels.keys()) {
      this.send(rank, { type: 'generation', generation: 1, key: 'key-of-1', rank, topology, members, step });
    }
  }
}
