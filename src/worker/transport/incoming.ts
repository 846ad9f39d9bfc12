import { StateAssembly, type StatePart } from '../../shared/checkpoint/assembly.ts';
import { ProtocolError } from '../../shared/protocol/protocol-error.ts';

/**
 * Puts together what comes in parts: a state, or the reduced vector of a step. Only one of them comes at a time, and a first
 * part begins anew, as when the worker that gave before is gone and another one gives.
 */
export class Incoming {
  #assembly: { readonly kind: 'state' | 'reduced'; readonly parts: StateAssembly } | null = null;

  /** The whole state with the last part of it, else null. */
  state(part: StatePart): Uint8Array<ArrayBuffer> | null {
    return this.#add('state', part);
  }

  /** The same of the vector of the step after `committed` ones. Those of steps that are committed already are passed over. */
  reduced(part: StatePart, committed: number, bytes: number): Uint8Array<ArrayBuffer> | null {
    if (part.step < committed) return null;
    if (part.step > committed || part.total !== bytes) {
      const due = `${bytes} bytes of step ${committed} are due`;
      throw new ProtocolError('outOfTurn', `${part.total} bytes of the vector of step ${part.step} came; ${due}`);
    }
    return this.#add('reduced', part);
  }

  clear(): void {
    this.#assembly = null;
  }

  #add(kind: 'state' | 'reduced', part: StatePart): Uint8Array<ArrayBuffer> | null {
    if (part.offset === 0) this.#assembly = { kind, parts: new StateAssembly(part) };
    // The rest of something whose beginning went to somebody else.
    if (this.#assembly?.kind !== kind) return null;
    const bytes = this.#assembly.parts.add(part);
    if (bytes !== null) this.#assembly = null;
    return bytes;
  }
}
