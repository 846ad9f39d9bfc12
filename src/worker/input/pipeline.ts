import { Worker } from 'node:worker_threads';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { threadEntry } from '../../shared/thread-entry.ts';
import type { Range } from '../../shared/plan/microbatches.ts';
import { microbatchSizes, totalSteps } from '../../shared/plan/schedule.ts';
import { threadEnvironment } from '../../shared/thread-environment.ts';
import type { FromInput, InputConfig, MicrobatchAssignment, RingConfig, ThreadConfig, ToInput } from './messages.ts';
import { type FilledSlot, SlotReader } from './slot-reader.ts';
import { allocateSlots, SlotRing, type SlotShape, slotBytes, slotsFit } from './slots.ts';
import { plural } from '../../shared/plural.ts';

/** A microbatch, ready for the engine. Its arrays are views of shared memory, valid until `release`. */
export type TrainingSlot = FilledSlot;
/** A chunk of validation samples; without masks. */
export type EvaluationSlot = Pick<FilledSlot, 'count' | 'images' | 'labels' | 'release'>;

/** The data thread, as seen from the engine's. */
export interface InputThread {
  postMessage(message: ToInput): void;
  on(event: 'message', listener: (message: FromInput) => void): unknown;
  /** It threw what nobody caught. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): unknown;
}

/** A thread that is told to close takes leave of the coordinator; it is not waited for longer than this. */
const CLOSING_MS = 500;

/** Memory for filled microbatches, within bounds on their number: two in use, or one and one ready, and one being filled at least. */
const RING_BYTES = 128 * 2 ** 20;
const MIN_SLOTS = 3;
const MAX_SLOTS = 16;
/** Beside those that are computed at once: one that is ready, and one that is being filled. */
const EVALUATION_SLOTS = 2;

/** The engine's end of the input: slots of decoded, normalised samples, filled ahead of need by the data thread. */
export class InputPipeline {
  readonly #config: InputConfig;
  readonly #thread: InputThread;
  readonly #training: SlotReader;
  readonly #evaluation: SlotReader;
  readonly #slots: number;
  readonly #opened: Promise<void>;
  #assignments = 0;
  /** Slots that the present assignment still has to give. */
  #left = 0;
  #closing = false;
  readonly #exited: Promise<void>;

  private constructor(config: InputConfig, spawn: (config: ThreadConfig) => InputThread) {
    this.#config = config;
    const { training, evaluation } = ringsFor(config);
    const thread = spawn({ ...config, training, evaluation });
    const freed = (): void => thread.postMessage({ type: 'freed' });
    this.#thread = thread;
    this.#slots = training.shape.slots;
    this.#training = new SlotReader(new SlotRing(training.memory, training.shape), freed);
    this.#evaluation = new SlotReader(new SlotRing(evaluation.memory, evaluation.shape), freed);
    this.#opened = new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.#training.fail(error);
        this.#evaluation.fail(error);
        reject(error);
      };
      thread.on('message', (message) => {
        switch (message.type) {
          case 'ready':
            return resolve();
          case 'filled':
            this.#training.wake();
            return this.#evaluation.wake();
          case 'failed':
            return fail(new GradsocketError(message.code, message.exitCode, message.message));
        }
      });
      thread.on('error', (error) => fail(internalError(error.stack ?? error.message)));
      thread.on('exit', () => {
        const closed = new GradsocketError('INPUT_CLOSED', EXIT.internal, 'The input pipeline was closed.');
        fail(this.#closing ? closed : internalError('it ended by itself'));
      });
    });
    this.#exited = new Promise((resolve) => thread.on('exit', resolve));
    // Told by `start`, and by each `next`.
    this.#opened.catch(() => undefined);
  }

  /** Resolves once the source of samples is open. `spawn` is for tests. */
  static async start(config: InputConfig, spawn = spawnThread): Promise<InputPipeline> {
    const pipeline = new InputPipeline(config, spawn);
    try {
      await pipeline.#opened;
      return pipeline;
    } catch (error) {
      await pipeline.close();
      throw error;
    }
  }

  get abreast(): number {
    return this.#slots - 1;
  }

  /**
   * From now on `next` gives these microbatches; what was made ready for an older assignment is dropped, and a `next`
   * that waits is refused. Release slots of the older one, too.
   */
  assign(assignment: MicrobatchAssignment): void {
    const { microbatches, fromStep } = assignment;
    const id = ++this.#assignments;
    const steps = Math.max(0, totalSteps(this.#config.plan) - fromStep);
    this.#left = steps * (microbatches.end - microbatches.start);
    this.#thread.postMessage({ type: 'assign', id, assignment });
    this.#training.expect(id);
  }

  /** The assigned microbatches one after the other, by step, then by number; those without samples, too. */
  next(): Promise<TrainingSlot> {
    if (this.#left === 0) return Promise.reject(new RangeError('no microbatch is left in this assignment'));
    this.#left--;
    return this.#training.take();
  }

  /**
   * A chunk of at most the largest microbatch's size. Chunks are filled in the order of calls: ask for the next one before
   * working on this one, so that it is ready in time.
   */
  evaluation(chunk: Range): Promise<EvaluationSlot> {
    this.#thread.postMessage({ type: 'evaluate', chunk });
    return this.#evaluation.take();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#thread.postMessage({ type: 'close' });
    const impatience = setTimeout(() => this.#thread.terminate(), CLOSING_MS);
    try {
      await this.#exited;
    } finally {
      clearTimeout(impatience);
    }
  }
}

function spawnThread(config: ThreadConfig): InputThread {
  return new Worker(threadEntry('thread', import.meta.url), {
    workerData: config,
    name: 'data',
    env: threadEnvironment(),
  });
}

function ringsFor({ plan, description, masks, mixing = null, abreast = 1 }: InputConfig): {
  training: RingConfig;
  evaluation: RingConfig;
} {
  const samples = microbatchSizes(plan)[0] ?? 1;
  const { imageShape } = description;
  const targets = mixing === null ? 0 : mixing.outputs;
  const one = { slots: 1, samples, imageShape, maskShapes: masks.map(({ shape }) => shape), targets };
  const slots = Math.max(MIN_SLOTS, Math.min(MAX_SLOTS, Math.floor(RING_BYTES / slotBytes(one))));
  const ring = (shape: SlotShape): RingConfig => {
    if (slotsFit(shape)) return { shape, memory: allocateSlots(shape) };
    const size = imageShape.join('x');
    throw new GradsocketError(
      'MICROBATCH_TOO_LARGE',
      EXIT.configuration,
      `${plural(samples, 'image')} of ${size} in a microbatch ${samples === 1 ? 'does' : 'do'} not fit the memory of the input pipeline. Raise --microbatches, or lower --batch or --image-size.`,
    );
  };
  return {
    training: ring({ ...one, slots }),
    evaluation: ring({ ...one, slots: Math.min(slots, abreast + EVALUATION_SLOTS), maskShapes: [], targets: 0 }),
  };
}

function internalError(what: string): GradsocketError {
  return new GradsocketError('INTERNAL', EXIT.internal, `The data thread failed: ${what}`);
}
