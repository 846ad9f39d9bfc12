import { findInstallation, type Installation } from '../../../src/engine/install/manifest.ts';
import { engineRoots } from '../../../src/engine/install/roots.ts';
import {
  createTensorflowEngine,
  type TensorflowEngine,
  type TensorflowOptions,
} from '../../../src/engine/tensorflow/engine.ts';
import { leftOut } from '../../left-out.ts';

/** `npm test` installs TensorFlow first, so its absence is a failure, unless somebody asks for less. */
export const WITHOUT_TENSORFLOW = process.env['GRADSOCKET_WITHOUT_TENSORFLOW'] === '1';
export const NO_TENSORFLOW = 'GRADSOCKET_WITHOUT_TENSORFLOW is 1';
/** Behind the names of tests that are left out then. */
export const IF_WITHOUT = leftOut(WITHOUT_TENSORFLOW ? NO_TENSORFLOW : null);

export function installed(): Installation {
  const installation = findInstallation(engineRoots(process.env));
  if (installation === null) {
    throw new Error('TensorFlow is not installed: run `npx gradsocket setup`, or set GRADSOCKET_WITHOUT_TENSORFLOW=1.');
  }
  return installation;
}

export function installedEngine(parts: NonNullable<TensorflowOptions['parts']>): TensorflowEngine {
  return createTensorflowEngine(installed(), { threads: 1, cores: 3, parts });
}
