import { stateParts } from '../../../shared/checkpoint/assembly.ts';
import { encodeState } from '../../../shared/checkpoint/state.ts';
import { weightsDigest } from '../../../shared/checkpoint/weights-digest.ts';
import type { WorkerChannel } from '../../../shared/link/channel.ts';
import { connectSocket } from '../../../shared/link/connect.ts';
import { ENDPOINTS } from '../../../shared/link/endpoints.ts';
import { SocketChannel } from '../../../shared/link/socket-channel.ts';
import { workerCodec } from '../../../shared/protocol/codec.ts';
import type { Layout } from '../../../shared/network/layout.ts';
import { readOnce } from './read-once.ts';
import { PROTOCOL_VERSION } from '../../../shared/protocol/shared.ts';
import type { ToWorker } from '../../../shared/protocol/to-worker.ts';

/** All that a simulated worker has learnt: the number of steps. */
const LAYOUT: Layout = { spans: [{ name: 'weight', shape: [1], offset: 0, size: 1 }], length: 16 };

/** One for all: what thousands of processes would read side by side is read by one here. */
const CODEC = readOnce(workerCodec);

type Phase = 'joining' | 'training' | 'left';

/** A worker as the coordinator sees it, which computes nothing. It does by itself what is asked of it. */
export class SimulatedWorker {
  phase: Phase = 'joining';
  readonly #channel: WorkerChannel;
  readonly #onPhase: () => void;
  #generation = 0;
  #committed = 0;

  static async join(url: string, token: string, name: string, onPhase: () => void): Promise<SimulatedWorker> {
    const { path, toWorkerBytes: maxPayload } = ENDPOINTS.control;
    const { ws, socket } = await connectSocket({ url, path, credential: token, maxPayload, who: 'the coordinator' });
    return new SimulatedWorker(new SocketChannel(ws, socket, CODEC, { first: null }), name, onPhase);
  }

  private constructor(channel: WorkerChannel, name: string, onPhase: () => void) {
    this.#channel = channel;
    this.#onPhase = onPhase;
    channel.start({
      onMessage: (message) => this.#hear(message),
      onClose: () => this.#enter('left'),
    });
    const introduction = {
      engine: 'cpu',
      device: 'simulated',
      threads: 1,
      address: '127.0.0.1:9',
      inflates: true,
    } as const;
    channel.send({ type: 'hello', version: PROTOCOL_VERSION, name, ...introduction });
  }

  /** Reports a step with `samples` samples. */
  commit(samples: number): void {
    const generation = this.#generation;
    const step = this.#committed++;
    const times = { data: 0.001, compute: 0.9, allReduce: 0.05, optimizer: 0.001, commit: 0, total: 0.952, reduce: 0 };
    const sums = { lossSum: samples / (1 + step), correct: samples / 2, samples, learningRate: 0.1, gradientNorm: 1 };
    const bytes = { bytesSent: 44_700_000, bytesReceived: 44_700_000 };
    this.#channel.send({ type: 'step', generation, step, ...sums, times, ...bytes });
  }

  vanish(): void {
    this.#channel.close('goingAway');
  }

  #hear(message: ToWorker): void {
    switch (message.type) {
      case 'welcome':
        return this.#ready();
      case 'generation':
        this.#generation = message.generation;
        this.phase = 'joining';
        return this.#channel.send({ type: 'connected', generation: message.generation });
      case 'begin':
        return this.#enter('training');
      case 'halt':
        return this.#sendWeights();
      case 'upload':
        return this.#upload();
      case 'leave':
        return this.#channel.close('done');
      case 'rejoined':
      case 'recorded':
      case 'state':
      case 'reduced':
      case 'drain':
      case 'give':
      case 'cease':
      case 'samples':
        return;
    }
  }

  #enter(phase: Phase): void {
    this.phase = phase;
    this.#onPhase();
  }

  #ready(): void {
    const weights = { step: this.#committed, weightsDigest: this.#digest() };
    this.#channel.send({ type: 'ready', ...weights, engine: 'cpu', device: 'simulated', threads: 1 });
  }

  #sendWeights(): void {
    const weights = { step: this.#committed, weightsDigest: this.#digest() };
    const others = { statisticsDigest: null, optimizerDigest: null, engineBusy: false };
    this.#channel.send({ type: 'weights', generation: this.#generation, ...weights, ...others });
  }

  #upload(): void {
    const vectors = { parameters: this.#parameters(), buffers: new Float32Array(0), optimizer: new Map() };
    const layout = { parameters: LAYOUT, buffers: { spans: [], length: 0 }, optimizer: [] };
    const file = encodeState(layout, vectors, { step: this.#committed, seed: 1, fingerprint: 'simulated' });
    for (const part of stateParts(this.#committed, file)) this.#channel.send(part);
  }

  #parameters(): Float32Array {
    return new Float32Array(LAYOUT.length).fill(this.#committed, 0, 1);
  }

  #digest(): string {
    return weightsDigest(LAYOUT, this.#parameters());
  }
}
