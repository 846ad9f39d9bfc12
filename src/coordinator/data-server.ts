import type { Dataset } from '../shared/data/dataset.ts';
import { EXIT, GradsocketError } from '../shared/errors.ts';
import type { CoordinatorChannel } from '../shared/link/channel.ts';
import { LIMITS } from '../shared/protocol/limits.ts';
import { ProtocolError } from '../shared/protocol/protocol-error.ts';
import type { Split } from '../shared/protocol/shared.ts';
import type { ToCoordinator } from '../shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../shared/protocol/to-worker.ts';

type Fetch = Extract<ToCoordinator, { type: 'fetch' }>;
type Item = Extract<ToWorker, { type: 'samples' }>['items'][number];

/** Samples that fill a frame: enough to make its overhead small, little enough to start decoding early. */
const FRAME_BYTES = 2 ** 20;
const FRAME_ITEMS = 4096;
/** Files read at once for one worker. */
const READS = 8;

export interface DataServerOptions {
  readonly dataset: Dataset;
  /** A sample cannot be read here, or a worker could not decode it: the run cannot count every sample once any more. */
  readonly onBroken: (error: GradsocketError) => void;
  /** Bytes of encoded samples, for metrics. */
  readonly onSent?: (bytes: number) => void;
}

/** Answers the requests that come over the data channels, each worker's one after the other. */
export class DataServer {
  readonly #options: DataServerOptions;
  readonly #channels = new Set<CoordinatorChannel>();

  constructor(options: DataServerOptions) {
    this.#options = options;
  }

  /** Starts the channel, and serves it until it closes. */
  serve(channel: CoordinatorChannel): void {
    const queue: Fetch[] = [];
    let open = true;
    let serving = false;
    const serveQueue = async (): Promise<void> => {
      if (serving) return;
      serving = true;
      try {
        for (let fetch = queue[0]; open && fetch !== undefined; fetch = queue[0]) {
          await this.#answer(channel, fetch, () => open);
          queue.shift();
        }
      } finally {
        serving = false;
      }
    };
    const fail = (error: unknown): void => {
      // The channel is closed already: its end is told by whoever listens to it.
      if (!open) return;
      channel.close('internalError', 'samples cannot be read');
      this.#options.onBroken(brokenBy(error));
    };
    this.#channels.add(channel);
    channel.start({
      onMessage: (message) => {
        switch (message.type) {
          case 'fetch':
            if (queue.length >= LIMITS.fetchesInFlight) {
              throw new ProtocolError('outOfTurn', `more than ${LIMITS.fetchesInFlight} requests are open`);
            }
            for (const index of message.indexes) this.#checkIndex(message.split, index);
            queue.push(message);
            return void serveQueue().catch(fail);
          case 'badSample':
            this.#checkIndex(message.split, message.index);
            return this.#options.onBroken(
              this.#badSample(message.split, message.index, message.reason, channel.remote),
            );
          default:
            throw new ProtocolError('outOfTurn', `'${message.type}' came on the data endpoint`);
        }
      },
      onClose: () => {
        open = false;
        queue.length = 0;
        this.#channels.delete(channel);
      },
    });
  }

  close(): void {
    for (const channel of this.#channels) channel.close('done');
  }

  async #answer(channel: CoordinatorChannel, { id, split, indexes }: Fetch, isOpen: () => boolean): Promise<void> {
    let items: Item[] = [];
    let bytes = 0;
    const send = async (last: boolean): Promise<void> => {
      channel.send({ type: 'samples', id, split, items, last });
      this.#options.onSent?.(bytes);
      items = [];
      bytes = 0;
      if (!last) await channel.drained();
    };
    for (let start = 0; start < indexes.length; start += READS) {
      const read = await Promise.all(indexes.slice(start, start + READS).map((index) => this.#read(split, index)));
      if (!isOpen()) return;
      for (const item of read) {
        const full = bytes + item.bytes.length > FRAME_BYTES || items.length === FRAME_ITEMS;
        if (full && items.length > 0) await send(false);
        items.push(item);
        bytes += item.bytes.length;
      }
    }
    await send(true);
    await channel.drained();
  }

  async #read(split: Split, index: number): Promise<Item> {
    const { dataset } = this.#options;
    // Files are never read into shared memory, which is what the wider type allows for.
    const bytes = (await dataset.read(split, index)) as Uint8Array<ArrayBuffer>;
    return { index, label: dataset.labelOf(split, index), bytes };
  }

  #checkIndex(split: Split, index: number): void {
    const { trainSamples, validationSamples } = this.#options.dataset.description;
    const samples = split === 'train' ? trainSamples : validationSamples;
    if (index >= samples) {
      throw new ProtocolError('malformed', `sample ${index} of ${samples} ${split} samples was asked for`);
    }
  }

  #badSample(split: Split, index: number, reason: string, worker: string): GradsocketError {
    const { dataset } = this.#options;
    return new GradsocketError(
      'BAD_IMAGE',
      EXIT.badData,
      `${dataset.nameOf(split, index)} cannot be decoded at the worker at ${worker}: ${reason}. It could be when the run began: has the file changed since?`,
    );
  }
}

function brokenBy(error: unknown): GradsocketError {
  if (error instanceof GradsocketError) return error;
  const what = error instanceof Error ? error.message : String(error);
  return new GradsocketError('INTERNAL', EXIT.internal, `The data server failed: ${what}`, { cause: error });
}
