import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import type { Pins, Wheel } from '../../../src/engine/install/pins.ts';
import type { SetupSurroundings } from '../../../src/engine/install/setup.ts';
import { zipOf } from './zip.ts';

const HEADERS = [
  'tensorflow/c/c_api.h',
  'tensorflow/c/c_api_macros.h',
  'tensorflow/c/eager/c_api.h',
  'tensorflow/c/tf_attrtype.h',
  'tensorflow/c/tf_buffer.h',
  'tensorflow/c/tf_datatype.h',
  'tensorflow/c/tf_status.h',
  'tensorflow/c/tf_tensor.h',
  'tensorflow/c/tf_tstring.h',
  'tensorflow/core/platform/ctstring.h',
  'tensorflow/core/platform/ctstring_internal.h',
  'tsl/platform/ctstring.h',
  'tsl/platform/ctstring_internal.h',
  'xla/tsl/c/tsl_status.h',
];

export const CONTENT = { cc: 'the library', framework: 'the framework', addon: 'built' };

const TENSORFLOW = {
  'tensorflow/libtensorflow_cc.so.2': CONTENT.cc,
  'tensorflow/libtensorflow_framework.so.2': CONTENT.framework,
  'tensorflow/python/large.so': 'not wanted',
  ...Object.fromEntries(HEADERS.map((path) => [`tensorflow/include/${path}`, path])),
};
const CUDA = {
  'nvidia/cusparse/lib/libcusparse.so.12': 'sparse',
  'nvidia/cusparse/include/cusparse.h': 'not wanted',
  'nvidia/cusparse/lib/libcusparse_static.a': 'not wanted',
  'nvidia/cusolver/lib/libcusolver.so.11': 'solver',
};

/**
 * A folder in which setup can do all of its work for real, except that python3, g++ and npm are scripts of a few lines,
 * the wheels hold next to nothing, and what was built is not loaded.
 */
export interface Workbench {
  readonly env: NodeJS.ProcessEnv;
  readonly surroundings: SetupSurroundings;
  /** GRADSOCKET_CACHE. */
  readonly cache: string;
  /** A folder with the wheels and the addon's package, as for --from. */
  readonly offer: string;
  /** Replaces one of the programs by a script; null removes it. */
  program(name: 'python3' | 'g++' | 'npm', script: string | null): Promise<void>;
  /** What they are. */
  readonly scripts: Readonly<Record<'python3' | 'g++' | 'npm', string>>;
  /** Lines that the programs wrote: one for each download, build and pack. */
  log(): Promise<string[]>;
  /** All files and folders in the cache. */
  left(): Promise<string[]>;
  remove(): Promise<void>;
}

export async function createWorkbench(): Promise<Workbench> {
  const root = await mkdtemp(join(tmpdir(), 'gradsocket setup '));
  const [cache, offer, bin, log] = ['cache', 'offer', 'bin', 'log'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
  ];
  await mkdir(offer);
  await mkdir(bin);
  await writeFile(log, '');

  const wheel = async (name: string, files: Readonly<Record<string, string>>): Promise<Wheel> => {
    const bytes = zipOf(files);
    await writeFile(join(offer, `${name.replaceAll('-', '_')}-1.0-cp312-cp312-some.whl`), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { name, version: '1.0', abi: 'cp312', platform: 'some', sha256, size: bytes.length, unpacked: 100 };
  };
  const pins: Pins = {
    tensorflow: { cpu: await wheel('tensorflow-cpu', TENSORFLOW), gpu: await wheel('tensorflow', TENSORFLOW) },
    alternatives: { cpu: [], gpu: [] },
    cuda: [await wheel('nvidia-cuda', CUDA)],
    sources: await packSources(root, offer),
  };
  const programs: Workbench['scripts'] = {
    python3: `case "$*" in
      *download*) echo download >> "${log}"; previous=; for a in "$@"; do [ "$previous" = --dest ] && dest=$a; previous=$a; done
        /bin/cp "${offer}/$(echo "\${previous%%==*}" | /bin/sed s/-/_/g)-1.0-cp312-cp312-some.whl" "$dest";;
    esac`,
    'g++': `[ "$1" = --version ] && exit 0
      echo build >> "${log}"; previous=; for a in "$@"; do [ "$previous" = -o ] && echo ${CONTENT.addon} > "$a"; previous=$a; done`,
    npm: `echo pack >> "${log}"; previous=; for a in "$@"; do previous=$a; done; /bin/cp "${offer}"/*.tgz "$previous"`,
  };
  const program = async (name: string, script: string | null): Promise<void> => {
    const path = join(bin, name);
    await rm(path, { force: true });
    if (script === null) return;
    await writeFile(path, `#!/bin/sh\n${script}\n`);
    await chmod(path, 0o755);
  };
  for (const [name, script] of Object.entries(programs)) await program(name, script);

  return {
    env: { PATH: bin, GRADSOCKET_CACHE: cache },
    surroundings: {
      pins,
      platform: { os: 'linux', arch: 'x64', glibc: '2.36', avx: true },
      tryAddon: async () => ({ tensorflow: '1.0', gpu: false }),
    },
    cache,
    offer,
    program,
    scripts: programs,
    log: async () => (await readFile(log, 'utf8')).split('\n').filter((line) => line !== ''),
    left: () => (existsSync(cache) ? readdir(cache, { recursive: true }) : Promise.resolve([])),
    remove: () => rm(root, { recursive: true }),
  };
}

async function packSources(root: string, offer: string): Promise<Pins['sources']> {
  const binding = join(root, 'package', 'binding');
  await mkdir(binding, { recursive: true });
  const hash = createHash('sha256');
  for (const name of ['tfjs_backend.cc', 'tfjs_binding.cc']) {
    await writeFile(join(binding, name), `// ${name}`);
    hash.update(`${name}\0// ${name}`);
  }
  const file = join(offer, 'some-tfjs-node-gpu-1.0.tgz');
  await create({ file, gzip: true, cwd: root }, ['package']);
  const integrity = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  return { name: 'some-tfjs-node-gpu', version: '1.0', integrity, sha256: hash.digest('hex') };
}
