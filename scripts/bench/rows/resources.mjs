// @ts-check
// What a run waits for, and how much memory it takes.
import { ours } from '../measurements.mjs';
import { peers, train } from './models.mjs';
import { best, goalLine } from './row.mjs';

/** @typedef {import('./row.mjs').Row} Row */
/** @typedef {import('./row.mjs').Spec} Spec */

/**
 * Which part of the time of workers goes to what they wait for.
 * @param {Spec} spec @param {'data' | 'network'} share
 * @param {{ id: string, title: string, what: string, goal: number }} told @returns {Row}
 */
const waiting = (spec, share, { id, title, what, goal }) => ({
  id,
  title,
  needs: [spec],
  compare: (measured) => [goalLine(measured, spec, ({ shares }) => 100 * shares[share], { what, unit: '%', goal })],
});

/** @param {boolean} quick */
export const networkWait = (quick) =>
  waiting(train(quick, 'resnet18', 2, 'f32'), 'network', {
    id: 'network-wait',
    title: 'Time in which the engine waits for the network, ResNet-18, 2 workers',
    what: 'of a step: the engine waits for the network (ResNet-18, 2 workers)',
    goal: 3,
  });

/** @param {boolean} quick */
export function dataWait(quick) {
  const steps = ['--batch', '64', '--steps', quick ? '40' : '160', '--warmup', '20', '--samples', '1024'];
  const jpeg = ours('gradsocket JPEG folder', [
    ...['train', '--model', 'cnn', '--workers', '2', '--engine', 'tensorflow', '--synthetic', 'jpeg'],
    ...['--image-size', '32', '--flip', '--crop-padding', '4', '--jitter', '0.2', ...steps],
  ]);
  return waiting(jpeg, 'data', {
    id: 'data-wait',
    title: 'Time in which the engine waits for data, JPEG files, augmented, after the first epoch',
    what: 'of a step: the engine waits for data (CNN, 2 workers, JPEG 128x128 to 32x32, augmented, from the second epoch on)',
    goal: 2,
  });
}

/** @param {boolean} quick @returns {Row} */
export function memory(quick) {
  const two = train(quick, 'resnet18', 2, 'f32');
  const memoryPeers = peers(quick, 'resnet18', 2, false, false);
  return {
    id: 'memory',
    title: 'Resident memory of a ResNet-18 worker against a DDP process',
    needs: [two, ...memoryPeers],
    compare: (measured) => [
      {
        what: 'resident memory of a ResNet-18 worker, 2 workers',
        unit: 'MiB',
        ours: measured.values(two, ({ workerPeakMiB }) => Math.max(...workerPeakMiB)),
        theirs: best(measured, memoryPeers, ({ peakMiB }) => peakMiB, 'at most'),
        against: 'a DDP process',
        sense: 'at most',
        goal: 1.2,
      },
    ],
  };
}
