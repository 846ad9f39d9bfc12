import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Image } from '../picture/canvas.ts';
import type { Classifier } from '../trained/classifier.ts';
import type { TrainedModel } from '../trained/model.ts';
import { gradCam, overlaid } from './grad-cam.ts';
import { lastMaps } from './head-gradient.ts';

/** The image with what in it spoke for a class laid over. */
export type Explainer = (pixels: Uint8Array, label: number) => Promise<Image>;

/** @throws GradsocketError where the network has no maps to look at */
export function explainerOf({ network, dataset, parameters }: TrainedModel, classifier: Classifier): Explainer {
  const node = lastMaps(network);
  if (node === null) {
    throw new GradsocketError(
      'GRAD_CAM_MAPS',
      EXIT.usage,
      '--grad-cam needs a convolution, and this network has none.',
    );
  }
  return async (pixels, label) => {
    const [features] = await classifier.look(pixels, [node]);
    return overlaid({ pixels, shape: dataset.imageShape }, gradCam(network, parameters, node, features!, label));
  };
}
