import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { buildFailed } from './failures.ts';
import { INSIDE, LIBRARIES } from './folder.ts';
import { LOADER_SOURCE } from './loader-source.ts';
import type { Variant } from './pins.ts';

export interface BuildOptions {
  readonly variant: Variant;
  readonly compiler: readonly [string, ...string[]];
  /** Folder of the addon's package: holds `binding/`. */
  readonly sources: string;
  /** Folder that holds `tensorflow/`, `tsl/` and `xla/`. */
  readonly headers: string;
  /** The installation being made: its libraries are there already. */
  readonly folder: string;
  /** For what is needed for the build alone. */
  readonly scratch: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
}

/**
 * Put before the addon's sources where there may be a GPU. The addon copies each tensor that it makes to the card, and back when
 * it feeds it to a session, which copies it to the card by itself: two copies too many of all parameters, in every step.
 */
const ON_THE_HOST = `#include "tensorflow/c/eager/c_api.h"
static inline TFE_TensorHandle* stay(TFE_TensorHandle* handle, TFE_Context*, const char*, TF_Status* status) {
  return TFE_TensorHandleCopySharingTensor(handle, status);
}
#define TFE_TensorHandleCopyToDevice stay
`;

/** Builds the loader and the addon, which find their libraries beside themselves, wherever the folder is moved. */
export async function buildAddon(options: BuildOptions): Promise<void> {
  const { variant, sources, headers, folder, scratch } = options;
  const common = ['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', `-I${await nodeHeaders(scratch)}`];
  const rpath = `-Wl,-rpath,$ORIGIN/${INSIDE.libraries}`;
  const loader = join(scratch, 'loader.cc');
  await writeFile(loader, LOADER_SOURCE);
  await compile([...common, loader, '-o', join(folder, INSIDE.loader), rpath, '-ldl'], options);
  const first = join(scratch, 'on-the-host.h');
  await writeFile(first, ON_THE_HOST);
  await compile(
    [
      ...common,
      `-I${headers}`,
      `-I${sources}`,
      ...(variant === 'gpu' ? ['-include', first] : []),
      join(sources, 'binding', 'tfjs_backend.cc'),
      join(sources, 'binding', 'tfjs_binding.cc'),
      '-o',
      join(folder, INSIDE.addon),
      ...LIBRARIES.map((name) => join(folder, INSIDE.libraries, name)),
      rpath,
    ],
    options,
  );
}

async function compile(parameters: readonly string[], { compiler, env, signal }: BuildOptions): Promise<void> {
  const [program, ...first] = compiler;
  const result = await runCommand(program, [...first, ...parameters], { env, signal });
  if (result.code === 0) return;
  const lines = result.stderr.split('\n');
  const complaint = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? '';
  throw buildFailed(compiler.join(' '), complaint.trim());
}

/**
 * The headers of Node-API: a package of our own, so that none of Node's need be fetched. It may lie in an archive, as with Yarn's
 * Plug'n'Play, which Node alone looks into.
 */
async function nodeHeaders(scratch: string): Promise<string> {
  const require = createRequire(import.meta.url);
  const { include_dir: from } = require('node-api-headers') as { include_dir: string };
  const folder = join(scratch, 'node-api');
  await mkdir(folder);
  for (const name of await readdir(from)) await copyFile(join(from, name), join(folder, name));
  return folder;
}
