// @ts-check
// The rows of the table, in their order.
import { limitedNetwork, versusGloo } from './rows/collective.mjs';
import { control, evaluating, folders, growth, starting, whole } from './rows/launched.mjs';
import { dataWait, memory, networkWait } from './rows/resources.mjs';
import { bf16VersusF32, busy, scaling, versusLoop, versusPeers } from './rows/training.mjs';
import { versusTfjs, wasmThreads } from './rows/wasm.mjs';

/** What the short table has: one row of each kind that a change of the code tends to move, together within five minutes on two cores. */
export const SHORT = ['resnet18-2', 'cnn-2', 'allreduce-f32-2', 'start', 'evaluation-cnn'];

/**
 * The most important ones first.
 * @param {{ quick: boolean, bfloat16: boolean }} options `bfloat16`: the processor has instructions for it
 * @returns {readonly import('./rows/row.mjs').Row[]}
 */
export function rowsOf({ quick, bfloat16 }) {
  const models = /** @type {const} */ (['resnet18', 'cnn']);
  return [
    ...models.flatMap((model) => [2, 1, 4].map((workers) => versusPeers(quick, model, workers, 'f32'))),
    networkWait(quick),
    versusGloo(2, 'f32'),
    versusGloo(4, 'f32'),
    memory(quick),
    ...models.map((model) => versusLoop(quick, model)),
    ...models.map((model) => scaling(quick, model)),
    dataWait(quick),
    starting(),
    whole('cnn', 90, 1.2),
    whole('resnet18', 9, 1),
    ...models.flatMap((model) => [1, 2].map((load) => busy(quick, model, load))),
    folders(quick),
    control(),
    growth(quick),
    ...models.map(evaluating),
    ...models.flatMap((model) => [
      versusPeers(quick, model, 2, 'bf16'),
      ...(bfloat16 ? [bf16VersusF32(quick, model)] : []),
    ]),
    ...models.flatMap((model) => [1, 4].map((workers) => versusPeers(quick, model, workers, 'bf16'))),
    versusTfjs(quick),
    wasmThreads(quick),
    versusGloo(2, 'bf16'),
    versusGloo(4, 'bf16'),
    limitedNetwork(quick),
  ];
}
