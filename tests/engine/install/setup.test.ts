import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, readlink, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SetupProgress } from '../../../src/engine/install/progress.ts';
import { checkInstallation, type SetupOptions, setupTensorflow } from '../../../src/engine/install/setup.ts';
import { EXIT } from '../../../src/shared/errors.ts';
import { CONTENT, createWorkbench, type Workbench } from './workbench.ts';

let bench: Workbench;
beforeEach(async () => {
  bench = await createWorkbench();
});
afterEach(() => bench.remove());

const works = async (gpu = false): Promise<boolean> =>
  (await checkInstallation({ env: bench.env, gpu }, bench.surroundings.tryAddon)).works;
const setup = (options: SetupOptions = {}) => setupTensorflow({ env: bench.env, ...options }, bench.surroundings);

describe('setup', () => {
  it('fetches, unpacks and builds, and keeps nothing but what is needed', async () => {
    expect(await works()).toBe(false);
    const seen: SetupProgress[] = [];
    const { folder, fresh, variant, tensorflow } = await setup({ onProgress: (progress) => seen.push(progress) });
    expect({ fresh, variant, tensorflow }).toEqual({ fresh: true, variant: 'cpu', tensorflow: '1.0' });
    expect(await readFile(join(folder, 'lib', 'libtensorflow_cc.so.2'), 'utf8')).toBe(CONTENT.cc);
    expect(await readFile(join(folder, 'lib', 'libtensorflow_framework.so.2'), 'utf8')).toBe(CONTENT.framework);
    const name = folder.slice(bench.cache.length + 1);
    expect((await bench.left()).sort()).toEqual(
      [
        '',
        '/lib',
        '/lib/libtensorflow_cc.so.2',
        '/lib/libtensorflow_framework.so.2',
        '/loader.node',
        '/manifest.json',
        '/tfjs_binding.node',
      ].map((path) => `${name}${path}`),
    );
    expect(await works()).toBe(true);
    expect(await works(true)).toBe(false);
    const phases = [...new Set(seen.map(({ phase }) => phase))];
    expect(phases).toEqual(['download', 'verify', 'extract', 'sources', 'build', 'trial', 'done']);
    expect(seen.find(({ phase }) => phase === 'download')?.bytes?.total).toBe(
      bench.surroundings.pins.tensorflow.cpu.size,
    );
  });

  it('does nothing the second time, not even look for python3', async () => {
    await setup();
    const before = await bench.log();
    for (const name of ['python3', 'g++', 'npm'] as const) await bench.program(name, null);
    expect((await setup()).fresh).toBe(false);
    expect(await bench.log()).toEqual(before);
    // What is named and is not there is refused all the same.
    await expect(setup({ from: join(bench.offer, 'nothing.whl') })).rejects.toMatchObject({ code: 'SETUP_FROM' });
  });

  it('makes it anew when asked to', async () => {
    const { folder } = await setup();
    await writeFile(join(folder, 'stray'), '');
    expect((await setup({ force: true })).fresh).toBe(true);
    expect(existsSync(join(folder, 'stray'))).toBe(false);
  });

  it('mends an installation of which a file is cut short', async () => {
    const { folder } = await setup();
    await truncate(join(folder, 'lib', 'libtensorflow_cc.so.2'), 3);
    expect(await works()).toBe(false);
    expect((await setup()).fresh).toBe(true);
    expect(await works()).toBe(true);
  });

  it('makes anew what is whole and does not load, says so, and its check says so', async () => {
    const { folder } = await setup();
    await writeFile(join(folder, 'stray'), '');
    const { surroundings, env } = bench;
    const tryAddon: typeof surroundings.tryAddon = (place, ...rest) =>
      existsSync(join(place, 'stray'))
        ? Promise.reject(new Error('invalid ELF header'))
        : surroundings.tryAddon(place, ...rest);
    expect(await checkInstallation({ env }, tryAddon)).toEqual({
      works: false,
      broken: expect.stringMatching(/does not load \(invalid ELF header\).*gradsocket setup --force/) as string,
    });
    const said: string[] = [];
    const onProgress = ({ message }: SetupProgress) => said.push(message);
    const mended = await setupTensorflow({ env, onProgress }, { ...surroundings, tryAddon });
    expect(mended.fresh).toBe(true);
    expect(said[0]).toBe('what is installed does not load (invalid ELF header): making it anew');
    expect(await checkInstallation({ env }, tryAddon)).toEqual({ works: true, broken: null });
  });

  it('is not to be made anew where the file system lets nothing be executed, but elsewhere', async () => {
    await setup();
    const noexec = () => Promise.reject(new Error('loader.node: failed to map segment from shared object'));
    const { broken } = await checkInstallation({ env: bench.env }, noexec);
    expect(broken).toMatch(/mounted noexec.*Set GRADSOCKET_CACHE to a folder elsewhere and run `gradsocket setup`/);
    expect(broken).not.toContain('--force');
  });

  it('removes what a killed setup left', async () => {
    const { folder } = await setup();
    await rename(folder, `${folder}.staging-abc`);
    await setup();
    expect((await bench.left()).filter((path) => path.includes('staging'))).toEqual([]);
  });

  it('lays the GPU variant out so that every library finds every other', async () => {
    const { folder, variant } = await setup({ gpu: true });
    expect(variant).toBe('gpu');
    expect(await bench.log()).toEqual(['download', 'download', 'pack', 'build', 'build']);
    const sparse = join(folder, 'nvidia', 'cusparse', 'lib');
    expect(await readlink(join(sparse, 'libcusolver.so.11'))).toBe('../../cusolver/lib/libcusolver.so.11');
    expect(await readFile(join(sparse, 'libcusolver.so.11'), 'utf8')).toBe('solver');
    expect(existsSync(join(sparse, '..', 'include'))).toBe(false);
    expect(existsSync(join(sparse, 'libcusparse_static.a'))).toBe(false);
    expect(await works(true)).toBe(true);
  });
});

it.each([true, false])(
  'builds the binding so that tensors stay on the host where there may be a GPU (%s)',
  async (gpu) => {
    const log = join(bench.cache, 'included');
    const script = `[ "$1" = --version ] && exit 0
    previous=; for a in "$@"; do [ "$previous" = -o ] && echo built > "$a"; [ "$previous" = -include ] && /bin/cp "$a" "${log}"; previous=$a; done; exit 0`;
    await bench.program('g++', script);
    await setup({ gpu });
    expect(existsSync(log)).toBe(gpu);
    if (gpu) expect(await readFile(log, 'utf8')).toContain('#define TFE_TensorHandleCopyToDevice stay');
  },
);

it('lets what a user wants of installations into Python not stop pip', async () => {
  const refuse = '[ "$PIP_REQUIRE_VIRTUALENV$PIP_REQUIRE_HASHES" = 00 ] || exit 3; [ -s "$PIP_CONSTRAINT" ] && exit 4';
  await bench.program('python3', `${refuse}; ${bench.scripts.python3}`);
  const env = { ...bench.env, PIP_REQUIRE_VIRTUALENV: '1', PIP_REQUIRE_HASHES: '1', PIP_CONSTRAINT: bench.offer };
  await expect(setup({ env })).resolves.toMatchObject({ fresh: true });
});

it('builds with a compiler whose path has spaces, and with the headers of Node-API outside of their package', async () => {
  const folder = join(bench.offer, 'my tools');
  await mkdir(folder);
  const compiler = join(folder, 'compiler');
  const seen = join(bench.offer, 'seen');
  const script = `for a in "$@"; do case "$a" in -I*node-api) echo "$a" > "${seen}"; [ -f "\${a#-I}/node_api.h" ] || exit 1;; esac; done`;
  await writeFile(compiler, `#!/bin/sh\n${script}\n${bench.scripts['g++']}\n`, { mode: 0o755 });
  await bench.program('g++', null);
  await expect(setup({ env: { ...bench.env, CXX: compiler } })).resolves.toMatchObject({ fresh: true });
  expect(await readFile(seen, 'utf8')).toContain(bench.cache);
});

describe('setup ends with a sentence and leaves nothing behind', () => {
  afterEach(async () => {
    expect(await bench.left()).toEqual([]);
  });

  it('without python3', async () => {
    await bench.program('python3', null);
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_NO_PYTHON',
      exitCode: EXIT.noEngine,
      message: expect.stringContaining('apt install python3-pip') as string,
    });
  });

  it('without pip', async () => {
    await bench.program('python3', '[ "$1" = --version ]');
    await expect(setup()).rejects.toMatchObject({ code: 'SETUP_NO_PIP', exitCode: EXIT.noEngine });
  });

  it('without both in one sentence', async () => {
    await bench.program('python3', null);
    await bench.program('g++', null);
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_NO_TOOLS',
      exitCode: EXIT.noEngine,
      message: expect.stringContaining('apt install python3-pip g++') as string,
    });
  });

  it('without a compiler, before it downloads anything', async () => {
    await bench.program('g++', null);
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_NO_COMPILER',
      exitCode: EXIT.noEngine,
      message: expect.stringContaining('apt install g++') as string,
    });
    expect(await bench.log()).toEqual([]);
  });

  it('without the compiler that CXX names, though there is another', async () => {
    await expect(setup({ env: { ...bench.env, CXX: 'clang++-99 -m64' } })).rejects.toMatchObject({
      code: 'SETUP_CXX',
      exitCode: EXIT.noEngine,
      message: expect.stringContaining('`clang++-99 -m64` does not run') as string,
    });
    expect(await bench.log()).toEqual([]);
  });

  it('on a machine for which there is no TensorFlow', async () => {
    const platform = { os: 'darwin', arch: 'arm64', glibc: null, avx: true };
    await expect(setupTensorflow({ env: bench.env }, { ...bench.surroundings, platform })).rejects.toMatchObject({
      code: 'SETUP_PLATFORM',
      exitCode: EXIT.noEngine,
    });
  });

  it('when the wheel is another one', async () => {
    const { pins } = bench.surroundings;
    const cpu = { ...pins.tensorflow.cpu, sha256: '0'.repeat(64) };
    const changed = { ...bench.surroundings, pins: { ...pins, tensorflow: { ...pins.tensorflow, cpu } } };
    await expect(setupTensorflow({ env: bench.env }, changed)).rejects.toMatchObject({ code: 'SETUP_HASH' });
    expect(await bench.log()).toEqual(['download']);
  });

  it('when the sources are other ones', async () => {
    const { pins } = bench.surroundings;
    for (const sources of [
      { ...pins.sources, integrity: 'sha512-AAAA' },
      { ...pins.sources, sha256: '0'.repeat(64) },
    ]) {
      const changed = { ...bench.surroundings, pins: { ...pins, sources } };
      await expect(setupTensorflow({ env: bench.env }, changed)).rejects.toMatchObject({ code: 'SETUP_HASH' });
    }
  });

  it('when pip fails, with what pip said', async () => {
    await bench.program(
      'python3',
      'case "$*" in *download*) echo "ERROR: No matching distribution" >&2; exit 1;; esac',
    );
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_DOWNLOAD',
      message: expect.stringMatching(/No matching distribution.*--from/) as string,
    });
  });

  it('when pip reaches no index, with why', async () => {
    const warning =
      "WARNING: Retrying (Retry(total=0)) after connection broken by 'ProxyError('Cannot connect to proxy.', NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x7f>: [Errno 111] Connection refused'))': /simple/tensorflow-cpu/";
    await bench.program(
      'python3',
      `case "$*" in *download*) echo "${warning}" >&2; echo "ERROR: No matching distribution found" >&2; exit 1;; esac`,
    );
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_DOWNLOAD',
      message: expect.stringContaining(
        `pip says "No matching distribution found", after "ProxyError('Cannot connect to proxy.', NewConnectionError('[Errno 111] Connection refused'))".`,
      ) as string,
    });
  });

  it('when npm fails, with what npm said', async () => {
    await bench.program('npm', 'echo "npm error code E404" >&2; exit 1');
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_DOWNLOAD',
      message: expect.stringContaining('E404') as string,
    });
  });

  it('when the compiler fails, with its first error', async () => {
    await bench.program('g++', '[ "$1" = --version ] && exit 0; echo "a.cc:1: error: bad" >&2; echo more >&2; exit 1');
    await expect(setup()).rejects.toMatchObject({
      code: 'SETUP_BUILD',
      message: expect.stringContaining('a.cc:1: error: bad') as string,
    });
  });

  it('when what was built does not run', async () => {
    const tryAddon = () => Promise.reject(new Error('it was ended by SIGILL'));
    await expect(setupTensorflow({ env: bench.env }, { ...bench.surroundings, tryAddon })).rejects.toMatchObject({
      code: 'SETUP_TRIAL',
      message: expect.stringContaining('SIGILL') as string,
    });
  });

  it('when the disk is too small', async () => {
    const { pins } = bench.surroundings;
    const cpu = { ...pins.tensorflow.cpu, unpacked: 1e18 };
    const changed = { ...bench.surroundings, pins: { ...pins, tensorflow: { ...pins.tensorflow, cpu } } };
    await expect(setupTensorflow({ env: bench.env }, changed)).rejects.toMatchObject({
      code: 'SETUP_SPACE',
      exitCode: EXIT.ioError,
    });
  });

  it('when it is interrupted while pip downloads, and ends pip', async () => {
    const started = join(bench.offer, 'started');
    await bench.program(
      'python3',
      `case "$*" in *download*) echo $$ > "${started}.new"; /bin/mv "${started}.new" "${started}"; exec /bin/sleep 600;; esac`,
    );
    const stop = new AbortController();
    const running = setup({ signal: stop.signal });
    await expect.poll(() => existsSync(started)).toBe(true);
    stop.abort();
    await expect(running).rejects.toMatchObject({ code: 'SETUP_INTERRUPTED', exitCode: EXIT.interrupted });
    const pid = Number(await readFile(started, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

it('names the folder when it cannot write there', async () => {
  const file = join(bench.offer, 'file');
  await writeFile(file, '');
  const env = { ...bench.env, GRADSOCKET_CACHE: join(file, 'cache') };
  await expect(setup({ env })).rejects.toMatchObject({ code: 'SETUP_WRITE', exitCode: EXIT.ioError });
});

it('run from two shells at once, downloads once and succeeds in both', async () => {
  const results = await Promise.all([setup(), setup(), setup()]);
  expect(results.filter(({ fresh }) => fresh)).toHaveLength(1);
  expect((await bench.log()).filter((line) => line === 'download')).toHaveLength(1);
  expect((await bench.left()).filter((path) => /lock|staging/.test(path))).toEqual([]);
});

describe('setup --from', () => {
  beforeEach(async () => {
    await bench.program('python3', null);
    await bench.program('npm', null);
  });

  const wheel = (): string => join(bench.offer, 'tensorflow_cpu-1.0-cp312-cp312-some.whl');

  it('takes a wheel, with the package of the addon beside it, and needs neither python3 nor npm', async () => {
    expect((await setup({ from: wheel() })).fresh).toBe(true);
    expect(existsSync(wheel())).toBe(true);
  });

  it('takes a folder of wheels, also for the GPU', async () => {
    expect((await setup({ from: bench.offer })).variant).toBe('cpu');
    expect((await setup({ from: bench.offer, gpu: true })).variant).toBe('gpu');
  });

  it('takes a wheel for another Python', async () => {
    const { pins } = bench.surroundings;
    const { cpu } = pins.tensorflow;
    const other = {
      ...pins,
      tensorflow: { ...pins.tensorflow, cpu: { ...cpu, sha256: '0'.repeat(64) } },
      alternatives: { cpu: [cpu.sha256], gpu: [] },
    };
    const result = await setupTensorflow({ env: bench.env, from: wheel() }, { ...bench.surroundings, pins: other });
    expect(result.fresh).toBe(true);
  });

  it.each(['.', 'tensorflow', 'lib'])('takes an unpacked TensorFlow with its libraries in %s', async (place) => {
    const folder = join(bench.offer, 'unpacked');
    const libraries = join(folder, place);
    const headers = join(place === 'tensorflow' ? libraries : folder, 'include', 'tensorflow', 'c');
    await mkdir(libraries, { recursive: true });
    await mkdir(headers, { recursive: true });
    await writeFile(join(headers, 'c_api.h'), '');
    for (const name of ['cc', 'framework']) await writeFile(join(libraries, `libtensorflow_${name}.so.2`), name);
    await copyFile(join(bench.offer, 'some-tfjs-node-gpu-1.0.tgz'), join(folder, 'some-tfjs-node-gpu-1.0.tgz'));
    const result = await setup({ from: folder });
    expect(await readFile(join(result.folder, 'lib', 'libtensorflow_cc.so.2'), 'utf8')).toBe('cc');
  });

  it('refuses what it cannot use, and says what it wants', async () => {
    const stray = join(bench.offer, 'stray');
    await mkdir(stray);
    await writeFile(join(stray, 'notes.txt'), '');
    await writeFile(join(stray, 'numpy-1.0-some.whl'), '');
    const refused = [
      { from: join(bench.offer, 'missing') },
      { from: stray },
      { from: join(stray, 'notes.txt') },
      { from: join(stray, 'numpy-1.0-some.whl') },
      { from: wheel(), gpu: true },
    ];
    for (const options of refused) {
      await expect(setup(options)).rejects.toMatchObject({ code: 'SETUP_FROM', exitCode: EXIT.usage });
    }
    await rm(stray, { recursive: true });
  });

  it('refuses a damaged wheel', async () => {
    await truncate(wheel(), 100);
    await expect(setup({ from: wheel() })).rejects.toMatchObject({ code: 'SETUP_HASH' });
    expect(await bench.left()).toEqual([]);
  });
});
