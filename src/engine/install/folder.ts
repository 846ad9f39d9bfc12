import { join } from 'node:path';
import { PINS, TENSORFLOW_VERSION, type Variant } from './pins.ts';

/** Raised when what setup builds changes while the versions do not. */
const LAYOUT: Readonly<Record<Variant, number>> = { cpu: 3, gpu: 3 };

/** One folder for each set of versions, so that an upgrade never meets what an older version left. */
export function installFolder(root: string, variant: Variant): string {
  return join(
    root,
    `tensorflow-${TENSORFLOW_VERSION}-${variant}-tfjs-${PINS.sources.version}-linux-x64-${LAYOUT[variant]}`,
  );
}

/** Names inside an installation. TensorFlow looks for CUDA in `../nvidia` of its libraries' folder. */
export const INSIDE = {
  addon: 'tfjs_binding.node',
  loader: 'loader.node',
  libraries: 'lib',
  cuda: 'nvidia',
  manifest: 'manifest.json',
} as const;

/** The one that the other belongs to. */
export const MAIN_LIBRARY = 'libtensorflow_cc.so.2';
export const LIBRARIES = ['libtensorflow_framework.so.2', MAIN_LIBRARY] as const;
