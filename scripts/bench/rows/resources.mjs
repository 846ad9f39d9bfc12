// @ts-check
// What a run waits for, and how much memory it takes.
import { ours } from '../measurements.mjs';
import { peers, train } from './models.mjs';
import { bestOf, waitLine } from './row.mjs';

/** @typedef {import('./row.mjs').Row} Row */

/** @param {boolean} quick @returns {Row} */
export function networkWait(quick) {
  const two = train(quick, 'resnet18', 2, 'f32');
  return {
    id: 'network-wait',
    title: 'Time in which the engine waits for the network, ResNet-18, 2 workers',
    needs: [two],
    compare: (measured) => [
      waitLine(measured, two, 'network', {
        what: 'of a step: the engine waits for the network (ResNet-18, 2 workers)',
        goal: 3,
      }),
    ],
  };
}

/** @param {boolean} quick @returns {Row} */
export function dataWait(quick) {
  const jpegSteps = ['--batch', '64', '--steps', quick ? '40' : '160', '--warmup', '20', '--samples', '1024'];
  const jpeg = ours('gradsocket JPEG folder', [
    ...['train', '--model', 'cnn', '--workers', '2', '--engine', 'tensorflow', '--synthetic', 'jpeg'],
    ...['--image-size', '32', '--flip', '--crop-padding', '4', '--jitter', '0.2', ...jpegSteps],
  ]);
  return {
    id: 'data-wait',
    title: 'Time in which the engine waits for data, JPEG files, augmented, after the first epoch',
    needs: [jpeg],
    compare: (measured) => [
      waitLine(measured, jpeg, 'data', {
        what: 'of a step: the engine waits for data (CNN, 2 workers, JPEG 128x128 to 32x32, augmented, from the second epoch on)',
        goal: 2,
      }),
    ],
  };
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
        theirs: bestOf(
          memoryPeers.map((peer) => measured.values(peer, ({ peakMiB }) => peakMiB)),
          'at most',
        ),
        against: 'a DDP process',
        sense: 'at most',
        goal: 1.2,
      },
    ],
  };
}
