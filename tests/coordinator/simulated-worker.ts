import { createHash } from 'node:crypto';
import { readSafetensors } from '../../src/shared/checkpoint/safetensors.ts';
import { stateParts } from '../../src/shared/checkpoint/assembly.ts';
import { encodeState } from '../../src/shared/checkpoint/state.ts';
import { stateDigest, type StateDigests, stateDigests } from '../../src/shared/checkpoint/state-digest.ts';
import { weightsDigest } from '../../src/shared/checkpoint/weights-digest.ts';
import type { Closed } from '../../src/shared/link/channel.ts';
import { type ChannelPair, createChannelPair } from '../shared/link/memory-channel.ts';
import type { Layout } from '../../src/shared/network/layout.ts';
import {
  dueAfter,
  evaluationChunks,
  microbatchSizes,
  positionOf,
  type TrainingPlan,
  totalSteps,
} from '../../src/shared/plan/schedule.ts';
import { PROTOCOL_VERSION } from '../../src/shared/protocol/shared.ts';
import type { ToCoordinator } from '../../src/shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../src/shared/protocol/to-worker.ts';

type Message<T extends ToWorker['type']> = Extract<ToWorker, { readonly type: T }>;

const LAYOUT: Layout = { spans: [{ name: 'weight', shape: [4], offset: 0, size: 4 }], length: 16 };
const LAYOUTS = { parameters: LAYOUT, buffers: { spans: [], length: 0 } };

export interface SimulatedWorkerOptions {
  readonly name: string;
  readonly plan: TrainingPlan;
  readonly validationSamples: number;
  readonly version?: number;
  readonly address?: string | null;
  readonly engine?: 'wasm' | 'cpu';
  readonly inflates?: boolean;
}

/**
 * A worker as the coordinator sees it. Its weights are a function of the number of committed steps, as if all members
 * had reduced the same gradients. It does by itself what is asked of it; steps are committed when the test says so.
 */
export class SimulatedWorker {
  readonly name: string;
  pair!: ChannelPair;
  /** Everything that the coordinator said. */
  readonly heard: ToWorker[] = [];
  committed = 0;
  training = false;
  draining = false;
  halted = false;
  /** Faults that a test wants. */
  readonly faults = {
    silentOnHalt: false,
    neverConnects: false,
    /** Does not hear of generations: what it was told got lost. */
    deaf: false,
    engineHangs: false,
    wrongWeightsAt: -1,
    /** Another part of the state, where the weights are right. */
    wrongPart: null as { readonly part: 'statistics' | 'optimizer'; readonly at: number } | null,
    /** As a worker of before the whole state was compared. */
    weightsOnly: false,
    wrongLossAt: -1,
    skipChunk: -1,
    /** Sends no checkpoint. */
    neverUploads: false,
    /** What is due after these steps comes to nothing: the coordinator that took it has died. */
    lostAfter: -1,
    lossAt: (() => null) as (step: number) => number | null,
    gradientNorm: null as number | null,
    validationLoss: null as number | null,
    /** Samples of each chunk that are wrong. */
    misses: 1,
    notFinite: false,
    ownLoss: null as number | null,
    /** How long each of its microbatches takes, in seconds. */
    slow: null as number | null,
    /** Takes no state of another worker. */
    neverHeals: false,
    /** Sends none. */
    neverGives: false,
  };
  closed: Closed | null = null;
  readonly #options: SimulatedWorkerOptions;
  /** Workers that it heals, each with whether it is sent further steps. */
  readonly followers = new Map<string, boolean>();
  /** What it has said of steps, for when it has to say it again. */
  readonly #said: ToCoordinator[] = [];
  #workerId = '';
  #run = '';
  #generation = 0;
  #rank = 0;
  #ranks = 0;
  #resumeBytes = 0;
  #healing = false;

  constructor(options: SimulatedWorkerOptions) {
    this.name = options.name;
    this.#options = options;
    this.reconnect();
  }

  get generation(): number {
    return this.#generation;
  }

  get rank(): number {
    return this.#rank;
  }

  /** Another connection, and what it holds over it with the next `hello`. */
  reconnect(): void {
    const pair = createChannelPair();
    this.pair = pair;
    this.closed = null;
    pair.worker.start({
      onMessage: (message) => {
        if (this.pair !== pair) return;
        this.heard.push(message);
        this.#hear(message);
      },
      onClose: (closed) => {
        if (this.pair === pair) this.closed = closed;
      },
    });
  }

  hello(): void {
    const { name, version = PROTOCOL_VERSION, address = '127.0.0.1:1', engine = 'wasm', inflates } = this.#options;
    const held = {
      run: this.#run,
      workerId: this.#workerId,
      generation: this.#generation,
      step: this.committed,
      digest: stateDigest(digestsAfter(this.committed)),
    };
    const again = this.#workerId === '' ? {} : { again: true, held };
    const can = inflates === undefined ? {} : { inflates };
    this.send({ type: 'hello', version, name, engine, device: 'simulated', threads: 1, address, ...can, ...again });
  }

  /** Its link to the peer of this rank broke. */
  strand(rank: number, reason = 'connection reset'): void {
    this.training = false;
    this.send({ type: 'peerLost', generation: this.#generation, rank, reason });
  }

  send(message: ToCoordinator): void {
    this.pair.worker.send(message);
  }

  ready(): void {
    const { engine = 'wasm' } = this.#options;
    const here = { engine, device: 'simulated', threads: 1 };
    this.send({ type: 'ready', step: this.committed, weightsDigest: this.digest(), ...here });
  }

  connect(): void {
    this.send({ type: 'connected', generation: this.#generation });
  }

  /** Commits one step, and sends what is due after it. */
  commit(): void {
    const { plan } = this.#options;
    const step = this.committed;
    const { start, end } = positionOf(plan, step);
    const samples = end - start;
    this.committed = step + 1;
    const feeds = [...this.followers].filter(([, follow]) => follow);
    for (const [to] of feeds) {
      const data = new Uint8Array(8).fill(step);
      this.send({ type: 'reduced', step, offset: 0, total: data.length, to, data });
    }
    const lossSum = this.faults.lossAt(step) ?? samples * (step === this.faults.wrongLossAt ? 7 : lossOf(step));
    this.#report({
      type: 'step',
      generation: this.#generation,
      step,
      lossSum,
      correct: Math.floor(samples / 2),
      samples,
      learningRate: 0.1,
      gradientNorm: this.faults.gradientNorm ?? 2,
      times: this.#times(),
      bytesSent: 64,
      bytesReceived: 32,
      ownLossSum: this.faults.ownLoss ?? 1,
    });
    const last = this.committed >= totalSteps(plan);
    const stopped = this.draining && !last;
    const due = dueAfter(plan, this.committed);
    const lost = this.committed === this.faults.lostAfter;
    if (due.evaluate && !stopped && !lost) this.evaluate();
    if (due.upload && !stopped && !lost) {
      this.sendWeights();
      if (this.#rank === 0) this.upload();
    }
    if (stopped) {
      this.training = false;
      this.draining = false;
      this.halted = true;
      this.sendWeights(false);
    }
    if (last) {
      this.training = false;
      this.send({ type: 'done', step: this.committed });
    }
  }

  #times() {
    const [start, end] = this.last('generation')?.microbatches?.[this.#rank] ?? [0, 0];
    const compute = this.faults.slow === null ? 0.01 : this.faults.slow * (end - start);
    return {
      data: 0.001,
      compute,
      allReduce: 0.002,
      optimizer: 0.0005,
      commit: 0.0005,
      total: compute + 0.004,
      reduce: 0.002,
    };
  }

  #report(message: ToCoordinator): void {
    this.#said.push(message);
    this.send(message);
  }

  evaluate(): void {
    const { plan, validationSamples } = this.#options;
    const chunks = evaluationChunks(validationSamples, microbatchSizes(plan)[0]!)
      .map(({ start, end }, index) => ({
        index,
        samples: end - start,
        lossSum: (end - start) * (this.faults.validationLoss ?? 0.3) + 1e-9 * index,
        correct: end - start - this.faults.misses,
      }))
      .filter(({ index }) => index % this.#ranks === this.#rank && index !== this.faults.skipChunk);
    this.#report({ type: 'evaluated', generation: this.#generation, step: this.committed, chunks });
  }

  sendWeights(engineBusy: boolean | null = null): void {
    const { wrongPart, weightsOnly } = this.faults;
    const { statistics, optimizer } = digestsAfter(this.committed);
    const wrong = (part: keyof StateDigests) => wrongPart?.part === part && wrongPart.at === this.committed;
    const said = (part: keyof StateDigests, digest: string) => (wrong(part) ? sha256(this.name) : digest);
    this.send({
      type: 'weights',
      generation: this.#generation,
      step: this.committed,
      weightsDigest: this.digest(),
      statisticsDigest: weightsOnly ? null : said('statistics', statistics),
      optimizerDigest: weightsOnly ? null : said('optimizer', optimizer),
      engineBusy,
    });
  }

  upload(): void {
    if (this.faults.neverUploads) return;
    for (const part of stateParts(this.committed, this.file())) this.send(part);
  }

  digest(): string {
    if (this.committed === this.faults.wrongWeightsAt) return sha256(this.name);
    return weightsDigest(LAYOUT, this.#parameters());
  }

  file(): Uint8Array {
    return checkpointOf(this.committed, this.#parameters());
  }

  leave(): Message<'leave'> | undefined {
    return this.last('leave');
  }

  last<T extends ToWorker['type']>(type: T): Message<T> | undefined {
    return this.heard.findLast((message): message is Message<T> => message.type === type);
  }

  #parameters(): Float32Array {
    const parameters = parametersAfter(this.committed);
    return this.faults.notFinite ? parameters.fill(Number.NaN, 2, 3) : parameters;
  }

  /** What was lost of what is due after the committed step, and the end where no step is left. */
  #makeUp({ evaluate = false, checkpoint = false }: Message<'begin'>): void {
    if (checkpoint) {
      this.sendWeights();
      if (this.#rank === 0) this.upload();
    }
    if (evaluate) this.evaluate();
    if (this.committed < totalSteps(this.#options.plan)) return;
    this.training = false;
    this.send({ type: 'done', step: this.committed });
  }

  /** Takes parts of another worker's state, or a step of it. */
  #heal(message: Message<'state'> | Message<'reduced'>): void {
    if (this.faults.neverHeals || message.offset + message.data.length < message.total) return;
    if (message.type === 'reduced' && message.step !== this.committed) return;
    this.committed = message.type === 'state' ? message.step : message.step + 1;
    this.send({ type: 'healed', step: this.committed });
  }

  #give({ to, follow }: Message<'give'>): void {
    if (this.faults.neverGives) return;
    for (const part of stateParts(this.committed, this.file())) this.send({ ...part, to });
    this.followers.set(to, follow);
  }

  #hear(message: ToWorker): void {
    switch (message.type) {
      case 'welcome':
        if (message.run !== this.#run) this.committed = 0;
        this.#run = message.run ?? '';
        this.#workerId = message.workerId;
        this.#generation = 0;
        this.training = false;
        this.halted = false;
        this.#healing = message.heal === true;
        this.followers.clear();
        if (message.heal === true) return this.ready();
        this.committed = 0;
        if (message.resume === null) return this.ready();
        this.committed = message.resume.step;
        this.#resumeBytes = message.resume.bytes;
        return;
      case 'rejoined':
        for (const said of this.#said) {
          const { steps, evaluated } = message;
          if (said.type === 'step' && said.step >= steps) this.send(said);
          if (said.type === 'evaluated' && said.step > evaluated) this.send(said);
        }
        // It has answered that before, perhaps to a coordinator that is no more.
        if (this.halted && !this.faults.silentOnHalt) this.sendWeights(this.faults.engineHangs);
        return;
      case 'recorded':
        return;
      case 'give':
        return this.#give(message);
      case 'cease':
        this.followers.delete(message.to);
        return;
      case 'reduced':
        return this.#heal(message);
      case 'state':
        if (this.#healing || this.halted) return this.#heal(message);
        if (message.offset + message.data.length === this.#resumeBytes) this.ready();
        return;
      case 'generation':
        if (this.faults.deaf) return;
        this.#generation = message.generation;
        this.#rank = message.rank;
        this.#ranks = message.members.length;
        this.halted = false;
        this.#healing = false;
        if (!this.faults.neverConnects) this.connect();
        return;
      case 'begin':
        if (this.training) return;
        this.training = true;
        return this.#makeUp(message);
      case 'drain':
        this.draining = !this.halted;
        return;
      case 'halt':
        this.training = false;
        this.draining = false;
        this.halted = true;
        this.#generation = message.generation;
        if (!this.faults.silentOnHalt) this.sendWeights(this.faults.engineHangs);
        return;
      case 'upload':
        return this.upload();
      case 'leave':
        this.pair.worker.close('done');
        return;
      case 'samples':
        throw new Error('samples on the control channel');
    }
  }
}

export function lossOf(step: number): number {
  return 2 / (1 + step);
}

function parametersAfter(steps: number): Float32Array {
  return Float32Array.from({ length: 16 }, (_, i) => (i < 4 ? steps + i / 8 : 0));
}

/** A checkpoint file as any worker would write it after `steps` steps. */
export function checkpointAfter(steps: number, fingerprint?: string): Uint8Array {
  return checkpointOf(steps, parametersAfter(steps), fingerprint);
}

function checkpointOf(steps: number, parameters: Float32Array, fingerprint = '0'.repeat(64)): Uint8Array {
  const vectors = { parameters, buffers: new Float32Array(0), optimizer: new Map<string, Float32Array>() };
  return encodeState({ ...LAYOUTS, optimizer: [] }, vectors, { step: steps, seed: 1, fingerprint });
}

export function digestAfter(steps: number): string {
  return weightsDigest(LAYOUT, parametersAfter(steps));
}

function digestsAfter(steps: number): StateDigests {
  return stateDigests(LAYOUTS, { parameters: parametersAfter(steps), buffers: new Float32Array(0), optimizer: [] });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What a checkpoint file says of its weights. */
export function weightsDigestIn(file: Uint8Array): string {
  return readSafetensors(file, 'a checkpoint').metadata['weightsDigest'] ?? '';
}
