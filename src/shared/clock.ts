/** Time that passes; tests bring their own. */
export interface Clock {
  /** Milliseconds that only go forward. */
  now(): number;
  /** Calls `action` once after `ms`. Returns what calls it off. */
  after(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after: (ms, action) => {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
};
