/**
 * More threads than these have little to do: parts are samples or channels of one operation, and a few hundredths of a step
 * are tfjs's, which has one thread.
 */
export const MOST_THREADS = 16;
