import type { Dataset } from '../data/samples/dataset.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import type { CoordinatorChannel } from '../shared/link/channel.ts';
import { LIMITS } from '../shared/protocol/limits.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import { crcOfSamples } from '../shared/protocol/samples-check.ts';
import type { Split } from '../shared/protocol/shared.ts';
import type { ToCoordinator } from '../shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../shared/protocol/to-worker.ts';

type Fetch = Extract<ToCoordinator, { type: 'fetch' }>;
/** As it is kept: in a few bytes for each index. */
type Asked = Pick<Fetch, 'id' | 'split'> & { readonly indexes: Uint32Array };
type Item = Extract<ToWorker, { type: 'samples' }>['items'][number];

/** Samples that fill a frame: enough to make its overhead small, little enough to start decoding early. */
const FRAME_BYTES = 2 ** 20;
const FRAME_ITEMS = 4096;
/** Files read at once for one worker. */
const READS = 8;

export interface DataSessionOptions {
  readonly dataset: Dataset;
  /** A sample cannot be read here, or a worker could not decode it: the run cannot count every sample once any more. */
  readonly onBroken: (error: GradsocketError) => void;
  /** What a worker was sent came otherwise there, as it says. */
  readonly onDamaged?: (sentence: string) => void;
  /** Bytes of encoded samples, for metrics. */
  readonly onSent?: (bytes: number) => void;
}

/** Answers one worker's requests, one after the other, until its channel closes. */
export class DataSession {
  readonly #channel: CoordinatorChannel;
  readonly #options: DataSessionOptions;
  /** The first one is being answered. */
  readonly #queue: Asked[] = [];
  /** In all of them. */
  #indexes = 0;
  /** Each reads on when less is asked for. */
  #held: (() => void)[] = [];
  #open = true;

  constructor(channel: CoordinatorChannel, options: DataSessionOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Nothing is asked of it. */
  get isIdle(): boolean {
    return this.#queue.length === 0;
  }

  start(onClose: () => void): void {
    this.#channel.start({
      onMessage: (message) => this.#onMessage(message),
      onClose: ({ by, name, reason }) => {
        const { remote } = this.#channel;
        if (by === 'peer' && name === 'malformed')
          this.#options.onDamaged?.(`The worker at ${remote} took no samples over this connection any more: ${reason}`);
        this.#open = false;
        this.#queue.length = 0;
        this.#readOn();
        onClose();
      },
    });
  }

  /** Requests that are not answered yet. */
  get waiting(): number {
    return this.#queue.length;
  }

  #onMessage(message: ToCoordinator): Promise<void> | void {
    if (message.type === 'fetch') return this.#onFetch(message);
    if (message.type === 'badSample') this.#onBadSample(message.split, message.index, message.reason);
    else throw new ProtocolError('outOfTurn', `'${message.type}' came on the data endpoint`);
  }

  /** Nothing more is read from one that has asked for very much. */
  #onFetch(fetch: Fetch): Promise<void> | void {
    if (this.#queue.length >= LIMITS.fetchesInFlight) {
      throw new ProtocolError('outOfTurn', `more than ${LIMITS.fetchesInFlight} requests are open`);
    }
    for (const index of fetch.indexes) this.#checkIndex(fetch.split, index);
    this.#queue.push({ id: fetch.id, split: fetch.split, indexes: Uint32Array.from(fetch.indexes) });
    this.#indexes += fetch.indexes.length;
    if (this.#queue.length === 1) this.#answerAll().catch((error: unknown) => this.#break(error));
    if (this.#indexes <= LIMITS.indexesInFlight) return;
    return new Promise((resolve) => this.#held.push(resolve));
  }

  #onBadSample(split: Split, index: number, reason: string): void {
    this.#checkIndex(split, index);
    const { dataset, onBroken } = this.#options;
    onBroken(
      new GradsocketError(
        'BAD_IMAGE',
        EXIT.badData,
        `${dataset.nameOf(split, index)} cannot be decoded at the worker at ${this.#channel.remote}: ${reason}. It could be when the run began: has the file changed since?`,
      ),
    );
  }

  #readOn(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async #answerAll(): Promise<void> {
    for (let fetch = this.#queue[0]; fetch !== undefined; fetch = this.#queue[0]) {
      await this.#answer(fetch);
      if (!this.#open) return;
      this.#queue.shift();
      this.#indexes -= fetch.indexes.length;
      if (this.#indexes <= LIMITS.indexesInFlight) this.#readOn();
    }
  }

  async #answer({ id, split, indexes }: Asked): Promise<void> {
    let items: Item[] = [];
    let bytes = 0;
    const send = async (last: boolean): Promise<void> => {
      const answer = { id, split, items, last };
      this.#channel.send({ type: 'samples', ...answer, crc: crcOfSamples(answer) });
      this.#options.onSent?.(bytes);
      items = [];
      bytes = 0;
      // A worker that leaves in the middle is no failure of ours.
      await this.#channel.drained().catch(() => {
        this.#open = false;
      });
    };
    for (let start = 0; start < indexes.length; start += READS) {
      const read = await Promise.all(
        [...indexes.subarray(start, start + READS)].map((index) => this.#read(split, index)),
      );
      for (const item of read) {
        const full = bytes + item.bytes.length > FRAME_BYTES || items.length === FRAME_ITEMS;
        if (full && items.length > 0) await send(false);
        if (!this.#open) return;
        items.push(item);
        bytes += item.bytes.length;
      }
    }
    await send(true);
  }

  async #read(split: Split, index: number): Promise<Item> {
    const { dataset } = this.#options;
    return { index, label: dataset.labelOf(split, index), bytes: await dataset.read(split, index) };
  }

  #checkIndex(split: Split, index: number): void {
    const { trainSamples, validationSamples } = this.#options.dataset.description;
    const samples = split === 'train' ? trainSamples : validationSamples;
    if (index >= samples) {
      throw new ProtocolError('malformed', `sample ${index} of ${samples} ${split} samples was asked for`);
    }
  }

  #break(error: unknown): void {
    if (!this.#open) return;
    this.#channel.close('internalError', 'samples cannot be read');
    this.#options.onBroken(brokenBy(error));
  }
}

function brokenBy(error: unknown): GradsocketError {
  if (error instanceof GradsocketError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new GradsocketError('INTERNAL', EXIT.internal, `The data server failed: ${what}`, { cause: error });
}
