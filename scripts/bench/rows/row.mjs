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
 * A line that is compared with its goal alone, which it may reach and not pass.
 * @param {Measurements} measured @param {Spec} spec @param {(printed: any) => number} pick
 * @param {{ what: string, unit: string, goal: number }} told @returns {Result}
 */
export function goalLine(measured, spec, pick, told) {
  return { ...told, ours: measured.values(spec, pick), theirs: [], against: '', sense: 'at most' };
}

/**
 * What the one of several came to that is the best on the whole.
 * @param {Measurements} measured @param {readonly Spec[]} specs @param {(printed: any) => number} pick
 * @param {'at least' | 'at most'} sense
 */
export function best(measured, specs, pick = speed, sense = 'at least') {
  const sign = sense === 'at least' ? 1 : -1;
  const series = specs.map((spec) => measured.values(spec, pick));
  return series.reduce((a, b) => (sign * (spread(b).median - spread(a).median) > 0 ? b : a));
}
