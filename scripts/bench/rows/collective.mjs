// @ts-check
// The all-reduce by itself.
import { join } from 'node:path';
import { ours } from '../measurements.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Spec} Spec */

const RESNET_FLOATS = 11_173_962;

// Also in the short table: the first ones run in unoptimised code, and all of them together take seconds.
const runs = ['--runs', '60', '--warmup', '60'];
/** @param {number} workers @param {'f32' | 'bf16'} wire */
const allReduce = (workers, wire) =>
  ours(`all-reduce ${wire} x${workers}`, ['allreduce', '--workers', String(workers), '--wire', wire, ...runs]);
const reduceTime = (/** @type {any} */ { sizes }) => sizes[0].milliseconds.median;

/** @param {number} workers @param {'f32' | 'bf16'} wire @returns {Row} */
export const versusGloo = (workers, wire) => {
  const mine = allReduce(workers, wire);
  const gloo = /** @type {Spec} */ ({
    key: `Gloo x${workers}`,
    program: 'python',
    args: [join('bench', 'pytorch', 'gloo.py'), '--workers', String(workers), '--runs', '60'],
  });
  return {
    id: `allreduce-${wire}-${workers}`,
    title: `All-reduce of 44.7 MB, ${wire} wire, ${workers} processes, against Gloo`,
    needs: [mine, gloo],
    compare: (measured) => [
      {
        what: `all-reduce of 44.7 MB, ${wire} wire, ${workers} processes`,
        unit: 'ms',
        ours: measured.values(mine, reduceTime),
        theirs: measured.values(gloo, ({ milliseconds }) => milliseconds.median),
        against: 'Gloo, f32',
        sense: 'at most',
        goal: wire === 'f32' && workers === 2 ? 0.8 : 1,
      },
    ],
  };
};

/** @param {boolean} quick @returns {Row} */
export function limitedNetwork(quick) {
  /** @type {Spec} */
  const limited = {
    key: 'all-reduce at 1 Gbit/s',
    program: 'sh',
    args: [join('bench', 'netns-allreduce.sh'), '1gbit', String(RESNET_FLOATS), quick ? '2' : '5'],
  };
  return {
    id: 'wire-1gbit',
    title: 'All-reduce at 1 Gbit/s in network namespaces, bf16 wire against f32 (takes root)',
    needs: [limited],
    compare: (measured) =>
      ['mesh', 'star'].flatMap((topology) =>
        [2, 4].map((workers) => {
          const of = (/** @type {string} */ wire) =>
            measured
              .all(limited)
              .filter((line) => line['topology'] === topology && line['workers'] === workers && line['wire'] === wire)
              .map(reduceTime);
          return {
            what: `all-reduce of 44.7 MB at 1 Gbit/s, bf16 wire, ${topology}, ${workers} processes`,
            unit: 'ms',
            ours: of('bf16'),
            theirs: of('f32'),
            against: 'f32 wire',
            sense: 'at most',
            goal: 0.55,
          };
        }),
      ),
  };
}
