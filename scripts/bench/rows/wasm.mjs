// @ts-check
// The wasm engine.
import { join } from 'node:path';
import { ours } from '../measurements.mjs';
import { speedLine } from './row.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Spec} Spec */

/** @param {boolean} quick */
const stepsOf = (quick) => ['--batch', '64', '--steps', quick ? '8' : '20', '--warmup', '3'];
const ARGS = ['train', '--model', 'cnn', '--workers', '1', '--engine', 'wasm', '--flip', '--crop-padding', '4'];
/** @param {boolean} quick */
const oneThread = (quick) => ours('gradsocket wasm', [...ARGS, ...stepsOf(quick)]);

/** @param {boolean} quick @returns {Row} */
export function versusTfjs(quick) {
  const wasm = oneThread(quick);
  const tfjsArgs = [join('bench', 'plain-tfjs.mjs'), ...stepsOf(quick)];
  /** @type {Spec} */
  const plainTfjs = { key: 'plain tfjs', program: 'node', args: tfjsArgs };
  /** @type {Spec} */
  const sameKernels = { key: 'plain tfjs, our kernels', program: 'node', args: [...tfjsArgs, '--our-kernels'] };
  return {
    id: 'wasm',
    title: 'CNN with the wasm engine against plain tfjs, with the same kernels and with its own',
    needs: [wasm, sameKernels, plainTfjs],
    compare: (measured) =>
      [
        { peer: sameKernels, against: 'plain tfjs with the same kernels, one thread' },
        { peer: plainTfjs, against: 'plain tfjs, one thread' },
      ].map(({ peer, against }) => {
        const what = 'CNN, wasm engine, 1 worker';
        return speedLine(measured, wasm, peer, { what, against, goal: 1 });
      }),
  };
}

/** @param {boolean} quick @returns {Row} */
export function wasmThreads(quick) {
  const wasm = oneThread(quick);
  const twoThreads = ours('gradsocket wasm, 2 threads', [...ARGS, '--threads', '2', ...stepsOf(quick)]);
  return {
    id: 'wasm-cnn-2threads',
    title: 'CNN with the wasm engine, two threads against one',
    needs: [twoThreads, wasm],
    compare: (measured) => [
      speedLine(measured, twoThreads, wasm, {
        what: 'CNN, wasm engine, 1 worker with 2 threads',
        against: '1 thread',
        goal: 1.6,
      }),
    ],
  };
}
