import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { describeClosed, type WorkerChannel } from '../../shared/link/channel.ts';
import { LIMITS } from '../../shared/protocol/limits.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import type { EncodedSample, SampleSource } from './source.ts';

interface Request {
  readonly id: number;
  readonly split: Split;
  readonly indexes: readonly number[];
  readonly samples: EncodedSample[];
  readonly resolve: (samples: readonly EncodedSample[]) => void;
  readonly reject: (error: Error) => void;
}

/** Asks the coordinator for samples, several requests at a time. */
export class RemoteSource implements SampleSource {
  readonly #channel: WorkerChannel;
  readonly #asked = new Map<number, Request>();
  /** Waiting until fewer are asked. */
  readonly #queue: Request[] = [];
  #ids = 0;
  #lost: GradsocketError | null = null;

  constructor(channel: WorkerChannel) {
    this.#channel = channel;
    channel.start({
      onMessage: (message) => this.#onMessage(message),
      onClose: (closed) =>
        this.#fail(
          new GradsocketError(
            'DATA_CONNECTION_LOST',
            EXIT.tryAgain,
            `No more samples come from the coordinator at ${channel.remote}: ${describeClosed(closed)}.`,
          ),
        ),
    });
  }

  read(split: Split, indexes: readonly number[]): Promise<readonly EncodedSample[]> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (indexes.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      this.#queue.push({ id: this.#ids++, split, indexes, samples: [], resolve, reject });
      this.#ask();
    });
  }

  reportBad(split: Split, index: number, reason: string): void {
    this.#channel.send({ type: 'badSample', split, index, reason });
  }

  async close(): Promise<void> {
    this.#channel.close('done');
  }

  #ask(): void {
    while (this.#asked.size < LIMITS.fetchesInFlight) {
      const request = this.#queue.shift();
      if (request === undefined) return;
      this.#asked.set(request.id, request);
      this.#channel.send({ type: 'fetch', id: request.id, split: request.split, indexes: [...request.indexes] });
    }
  }

  #onMessage(message: ToWorker): void {
    if (message.type !== 'samples') {
      throw new ProtocolError('outOfTurn', `'${message.type}' came on the data endpoint`);
    }
    const request = this.#asked.get(message.id);
    if (request === undefined || request.split !== message.split) {
      throw new ProtocolError('outOfTurn', `samples for request ${message.id}, which is not open`);
    }
    for (const { index, label, bytes } of message.items) {
      const expected = request.indexes[request.samples.length];
      if (index !== expected) {
        throw new ProtocolError('malformed', `sample ${index} came where ${expected ?? 'none'} was due`);
      }
      request.samples.push({ label, bytes });
    }
    if (!message.last) return;
    if (request.samples.length !== request.indexes.length) {
      throw new ProtocolError('malformed', `${request.samples.length} of ${request.indexes.length} samples came`);
    }
    this.#asked.delete(request.id);
    request.resolve(request.samples);
    this.#ask();
  }

  #fail(error: GradsocketError): void {
    this.#lost = error;
    for (const { reject } of [...this.#asked.values(), ...this.#queue]) reject(error);
    this.#asked.clear();
    this.#queue.length = 0;
  }
}
