// @ts-check
// What a row of the table is, and lines that several kinds of rows have.
import { spread } from '../spread.mjs';

/**
 * @typedef {import('../measurements.mjs').Spec} Spec
 * @typedef {import('../measurements.mjs').Measurements} Measurements
 *
 * @typedef {object} Result A line of the table.
 * @property {string} what
 * @property {string} unit
 * @property {readonly number[]} ours of each round
 * @property {readonly number[]} theirs empty: `ours` is compared with the goal itself
 * @property {string} against
 * @property {'at least' | 'at most'} sense
 * @property {number} goal
 * @property {boolean} [stretch] the goal is more than was asked for
 *
 * @typedef {object} Row
 * @property {string} id
 * @property {string} title
 * @property {readonly Spec[]} needs
 * @property {(measured: Measurements) => readonly Result[]} compare
 */

export const speed = (/** @type {any} */ { imagesPerSecond }) => imagesPerSecond;
/** Where steps are of two lengths, the median says nothing. */
export const meanSpeed = (/** @type {any} */ { meanImagesPerSecond }) => meanImagesPerSecond;

/** Those of several series that are the best ones on the whole. @param {readonly (readonly number[])[]} series @param {'at least' | 'at most'} sense */
export function bestOf(series, sense) {
  const sign = sense === 'at least' ? 1 : -1;
  return series.reduce((a, b) => (sign * (spread(b).median - spread(a).median) > 0 ? b : a));
}

/**
 * A line that compares images/s.
 * @param {Measurements} measured @param {Spec} mine @param {Spec} peer
 * @param {{ what: string, against: string, goal: number }} told @returns {Result}
 */
export function speedLine(measured, mine, peer, told) {
  const values = { ours: measured.values(mine, speed), theirs: measured.values(peer, speed) };
  return { ...told, ...values, unit: 'images/s', sense: 'at least' };
}

/**
 * A line that says which part of the time of workers goes to what they wait for.
 * @param {Measurements} measured @param {Spec} spec @param {'data' | 'network'} share
 * @param {{ what: string, goal: number }} told @returns {Result}
 */
export function waitLine(measured, spec, share, told) {
  const values = measured.values(spec, ({ shares }) => 100 * shares[share]);
  return { ...told, unit: '%', ours: values, theirs: [], against: '', sense: 'at most' };
}

/** @param {Measurements} measured @param {readonly Spec[]} specs */
export const best = (measured, specs) =>
  bestOf(
    specs.map((spec) => measured.values(spec, speed)),
    'at least',
  );
