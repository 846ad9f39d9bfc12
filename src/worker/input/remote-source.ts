import { EXIT, GradsocketError } from '../../shared/errors.ts';
import { type Closed, describeClosed, type WorkerChannel } from '../../shared/link/channel.ts';
import { LIMITS } from '../../shared/protocol/limits.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';
import { crcOfSamples } from '../../shared/protocol/samples-check.ts';
import type { Split } from '../../shared/protocol/shared.ts';
import type { ToCoordinator } from '../../shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../shared/protocol/to-worker.ts';
import { plural } from '../../shared/plural.ts';
import { openLater, type Redial } from './redial.ts';
import type { EncodedSample, SampleSource } from './source.ts';

interface Request {
  readonly id: number;
  readonly split: Split;
  readonly indexes: readonly number[];
  /** The first of them that have come, over whichever connection. */
  readonly samples: EncodedSample[];
  readonly resolve: (samples: readonly EncodedSample[]) => void;
  readonly reject: (error: Error) => void;
}

/** Answers in a row that came with other bits than were sent: then it is not chance, and the next one would, too. */
const MOST_DAMAGED = 3;

type BadSample = Extract<ToCoordinator, { type: 'badSample' }>;

/**
 * Asks the coordinator for samples, several requests at a time. A connection that breaks is opened again for as long as
 * this lives, and what is open is asked again: whether a worker leaves because its coordinator stays away is decided where
 * its control connection is, and one that has samples enough does not notice.
 */
export class RemoteSource implements SampleSource {
  readonly #redial: Redial;
  readonly #asked = new Map<number, Request>();
  /** Waiting until fewer are asked, or until there is a connection. */
  readonly #queue: Request[] = [];
  /** Not told yet, for want of a connection. */
  readonly #bad: BadSample[] = [];
  readonly #closing = new AbortController();
  /** Null while there is none. */
  #channel: WorkerChannel | null = null;
  #ids = 0;
  /** Answers in a row that bits turned over in. */
  #damaged = 0;
  #lost: GradsocketError | null = null;

  private constructor(redial: Redial) {
    this.#redial = redial;
  }

  /** Resolves at once; what cannot mend itself, such as a wrong token, refuses what is read. */
  static open(redial: Redial): RemoteSource {
    const source = new RemoteSource(redial);
    source.#connect('first');
    return source;
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
    const report = { type: 'badSample', split, index, reason } as const;
    if (this.#channel === null) this.#bad.push(report);
    else this.#channel.send(report);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#channel?.close('done');
    this.#fail(new GradsocketError('INPUT_CLOSED', EXIT.internal, 'The input pipeline was closed.'));
  }

  #connect(which: 'first' | 'again'): void {
    openLater(this.#redial, which, this.#closing.signal).then(
      (channel) => this.#opened(channel),
      (error: unknown) => this.#fail(error instanceof GradsocketError ? error : lostBy(String(error))),
    );
  }

  #opened(channel: WorkerChannel): void {
    if (this.#closing.signal.aborted) return channel.close('done');
    this.#channel = channel;
    channel.start({
      onMessage: (message) => this.#onMessage(message),
      onClose: (closed) => this.#onClose(channel, closed),
    });
    for (const report of this.#bad.splice(0)) channel.send(report);
    for (const request of [...this.#asked.values()]) {
      // Of an answer that broke off, only the rest.
      if (request.samples.length < request.indexes.length) this.#fetch(channel, request);
      else this.#answered(request);
    }
    this.#ask();
  }

  #onClose(channel: WorkerChannel, closed: Closed): void {
    this.#channel = null;
    if (this.#closing.signal.aborted) return;
    // It would break the rules again; a network that flips bits may not.
    const mayMend = closed.name === 'unresponsive' || (this.#damaged > 0 && this.#damaged < MOST_DAMAGED);
    if (closed.by === 'us' && !mayMend) {
      return this.#fail(lostBy(`${channel.remote}: ${describeClosed(closed)}`));
    }
    this.#connect('again');
  }

  #ask(): void {
    const channel = this.#channel;
    if (channel === null) return;
    while (this.#asked.size < LIMITS.fetchesInFlight) {
      const request = this.#queue.shift();
      if (request === undefined) return;
      this.#asked.set(request.id, request);
      this.#fetch(channel, request);
    }
  }

  #fetch(channel: WorkerChannel, { id, split, indexes, samples }: Request): void {
    channel.send({ type: 'fetch', id, split, indexes: indexes.slice(samples.length) });
  }

  #onMessage(message: ToWorker): void {
    if (message.type !== 'samples') {
      throw new ProtocolError('outOfTurn', `'${message.type}' came on the data endpoint`);
    }
    if (message.crc !== undefined && message.crc !== crcOfSamples(message)) {
      this.#damaged++;
      throw new ProtocolError(
        'malformed',
        `Bits turned over on the way, in ${plural(message.items.length, 'sample')}.`,
      );
    }
    this.#damaged = 0;
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
    this.#answered(request);
    this.#ask();
  }

  #answered({ id, samples, resolve }: Request): void {
    this.#asked.delete(id);
    resolve(samples);
  }

  #fail(error: GradsocketError): void {
    this.#lost ??= error;
    for (const { reject } of [...this.#asked.values(), ...this.#queue]) reject(this.#lost);
    this.#asked.clear();
    this.#queue.length = 0;
  }
}

function lostBy(why: string): GradsocketError {
  return new GradsocketError(
    'DATA_CONNECTION_LOST',
    EXIT.tryAgain,
    `No more samples come from the coordinator at ${why}.`,
  );
}
