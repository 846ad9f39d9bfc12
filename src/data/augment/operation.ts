import type { RandomStream } from '../../shared/random/stream.ts';

/**
 * Writes a changed copy of the pixels [h, w, c] from `from` to `to`, all of them. How often it draws from `random`
 * depends on nothing but its settings. Only arithmetic that IEEE 754 rounds in one way (+ - * / and square roots, whole
 * numbers) decides a pixel, so that every machine comes to the same bytes.
 */
export type Operation = (from: Uint8Array, to: Uint8Array, random: RandomStream) => void;
