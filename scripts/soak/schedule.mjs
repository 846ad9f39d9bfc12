// @ts-check
import { seeded } from './random.mjs';

/**
 * What is done when so many steps are committed. `worker` is a number, taken among those that are there then.
 * @typedef {{ step: number, kind: 'kill' | 'stop' | 'drop' | 'delay' | 'join' | 'coordinator', worker: number, seconds: number }} Deed
 * @typedef {{ seed: number, workers: number, topology: 'mesh' | 'star', deeds: readonly Deed[] }} Schedule
 */

/** @type {readonly Deed['kind'][]} */
const KINDS = ['kill', 'kill', 'stop', 'drop', 'delay', 'join', 'coordinator'];

/** How long each lasts, or is away, at least and at most. @type {Readonly<Record<Deed['kind'], readonly [number, number]>>} */
const SECONDS = {
  kill: [0, 2],
  stop: [0.1, 8],
  drop: [0, 2],
  delay: [0.1, 1.5],
  join: [0, 0],
  coordinator: [0, 2],
};

/** The same for the same seed. @param {number} seed @param {number} steps @returns {Schedule} */
export function scheduleOf(seed, steps) {
  const random = seeded(seed);
  const among = (/** @type {readonly any[]} */ choices) => choices[Math.floor(random() * choices.length)];
  const count = 2 + Math.floor(random() * 4);
  const deeds = Array.from({ length: count }, () => {
    /** @type {Deed['kind']} */
    const kind = among(KINDS);
    const [least, most] = SECONDS[kind];
    return {
      step: 1 + Math.floor(random() * (steps - 10)),
      kind,
      worker: Math.floor(random() * 1000),
      seconds: Number((least + random() * (most - least)).toFixed(2)),
    };
  }).toSorted((a, b) => a.step - b.step);
  return { seed, workers: 3 + Math.floor(random() * 3), topology: random() < 0.7 ? 'mesh' : 'star', deeds };
}

/** @param {Schedule} schedule */
export function scheduleText({ seed, workers, topology, deeds }) {
  const done = deeds.map(({ step, kind, seconds }) => `${kind}@${step}${seconds === 0 ? '' : `/${seconds}s`}`);
  return `seed ${seed}: ${workers} workers, ${topology}: ${done.join(' ')}`;
}
