import { LIMITS } from '../protocol/limits.ts';
import { ProtocolError } from '../protocol/protocol-error.ts';

/** What a `state` message of either direction holds, and one of a reduced vector. */
export interface StatePart {
  readonly step: number;
  readonly offset: number;
  readonly total: number;
  readonly data: Uint8Array;
}

/** Cuts what belongs to `step` into parts, to be sent one after the other. */
export function* partsOf(step: number, bytes: Uint8Array): Generator<StatePart> {
  for (let offset = 0; offset < bytes.length; offset += LIMITS.statePartBytes) {
    const data = bytes.subarray(offset, offset + LIMITS.statePartBytes);
    yield { step, offset, total: bytes.length, data };
  }
}

/** The parts of a checkpoint file. */
export function* stateParts(step: number, bytes: Uint8Array): Generator<StatePart & { readonly type: 'state' }> {
  for (const part of partsOf(step, bytes)) yield { type: 'state', ...part };
}

/** Puts the parts of one checkpoint file together again. */
export class StateAssembly {
  readonly step: number;
  readonly #total: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #received = 0;

  /** @throws ProtocolError where the first part announces more than a checkpoint may have */
  constructor(first: StatePart) {
    if (first.total === 0 || first.total > LIMITS.checkpointBytes) {
      throw new ProtocolError(
        'refused',
        `a checkpoint of ${first.total} bytes; at most ${LIMITS.checkpointBytes} are allowed`,
      );
    }
    this.step = first.step;
    this.#total = first.total;
    this.#bytes = new Uint8Array(first.total);
  }

  /**
   * The whole file once the last part is there, else null.
   *
   * @throws ProtocolError where a part is not the next one
   */
  add(part: StatePart): Uint8Array<ArrayBuffer> | null {
    const { step, offset, total, data } = part;
    if (step !== this.step || total !== this.#total) {
      throw new ProtocolError(
        'outOfTurn',
        `state of step ${step} (${total} bytes) amid step ${this.step} (${this.#total})`,
      );
    }
    if (offset !== this.#received || data.length === 0 || offset + data.length > total) {
      throw new ProtocolError(
        'outOfTurn',
        `state bytes ${offset} to ${offset + data.length}; ${this.#received} are here`,
      );
    }
    this.#bytes.set(data, offset);
    this.#received += data.length;
    return this.#received === total ? this.#bytes : null;
  }
}
