import type { RandomStream } from '../../shared/random/stream.ts';

/**
 * Changes the pixels [h, w, c] of one training sample; returns them or others of the same shape, and never writes to
 * what it gets, which may be the cache's. `random` is the microbatch's: its samples draw from it in their order.
 */
export type Augment = (pixels: Uint8Array, random: RandomStream) => Uint8Array;
