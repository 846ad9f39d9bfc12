import type { Codec } from '../../../shared/protocol/codec.ts';
import type { ToCoordinator } from '../../../shared/protocol/to-coordinator.ts';
import type { ToWorker } from '../../../shared/protocol/to-worker.ts';

/** Its type, its number, and the beginning of its key, which is another one for each generation. */
const HEAD_BYTES = 48;

/**
 * Reads what all workers are told of a generation once: it names all of them, and takes as many milliseconds as there are hundreds.
 * For workers that do not look at their rank, in which alone it differs.
 */
export function readOnce(codec: Codec<ToCoordinator, ToWorker>): Codec<ToCoordinator, ToWorker> {
  let newest: { readonly head: Buffer; readonly message: ToWorker } | null = null;
  return {
    encode: (message) => codec.encode(message),
    encodeParts: (message) => codec.encodeParts(message),
    decode: (bytes) => {
      const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
      if (newest?.head.equals(head)) return newest.message;
      const message = codec.decode(bytes);
      if (message.type === 'generation') newest = { head, message };
      return message;
    },
  };
}
