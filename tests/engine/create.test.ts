import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/create.ts';
import { INSIDE, installFolder } from '../../src/engine/install/folder.ts';
import { writeManifest } from '../../src/engine/install/manifest.ts';
import { thisPlatform, unsupported } from '../../src/engine/install/platform.ts';
import { MOST_THREADS } from '../../src/engine/interpreter/threads/most.ts';
import { probeEngines } from '../../src/engine/probe.ts';
import { EXIT } from '../../src/shared/errors.ts';
import { leftOut } from '../left-out.ts';
import { IF_WITHOUT, WITHOUT_TENSORFLOW } from './tensorflow/installed.ts';

let empty: string;
let told: string[];
const onBroken = (sentence: string): void => {
  told.push(sentence);
};
beforeEach(async () => {
  told = [];
  empty = await mkdtemp(join(tmpdir(), 'gradsocket-cache-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(empty, { recursive: true });
});

it('says how to install an engine that is asked for by name and missing', async () => {
  vi.stubEnv('GRADSOCKET_CACHE', empty);
  await expect(createEngine('tensorflow', { threads: 1, onBroken })).rejects.toMatchObject({
    code: 'ENGINE_NOT_INSTALLED',
    exitCode: EXIT.noEngine,
    message: expect.stringContaining('gradsocket setup') as string,
  });
  await expect(createEngine('webgpu', { threads: 1, onBroken })).rejects.toMatchObject({ exitCode: EXIT.noEngine });
});

it('takes wasm, and says nothing, where it may choose and nothing faster is installed', async () => {
  vi.stubEnv('GRADSOCKET_CACHE', empty);
  const engine = await createEngine('auto', { threads: 1, onBroken });
  expect(engine.name).toBe('wasm');
  expect(told).toEqual([]);
});

/** Why none can be installed here; null: one can. */
const noInstallation = unsupported(thisPlatform());

/** An installation whose addon is of the right size, and no library. */
async function installGarbage(): Promise<string> {
  const folder = installFolder(empty, 'cpu');
  await mkdir(folder);
  for (const name of [INSIDE.loader, INSIDE.addon]) await writeFile(join(folder, name), 'garbage');
  await writeManifest(folder, 'cpu', '1.0');
  return folder;
}

it.skipIf(noInstallation !== null)(
  `passes over an installation that does not load, and says so${leftOut(noInstallation)}`,
  async () => {
    vi.stubEnv('GRADSOCKET_CACHE', empty);
    const folder = await installGarbage();
    const engine = await createEngine('auto', { threads: 1, onBroken });
    expect(engine.name).toBe('wasm');
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(`The tensorflow engine in ${folder} is broken: it does not load (`);
    expect(told[0]).toContain('gradsocket setup --force');
    await expect(createEngine('tensorflow', { threads: 1, onBroken })).rejects.toMatchObject({ code: 'ENGINE_BROKEN' });
    const [tensorflow] = await probeEngines({ ...process.env, GRADSOCKET_CACHE: empty });
    expect(tensorflow?.reason).toContain('broken: it does not load (');
    expect(tensorflow?.remedy).toMatch(/^gradsocket setup( --gpu)? --force$/);
  },
);

it.skipIf(noInstallation !== null)(
  `passes over an installation of which a file is gone, and names it${leftOut(noInstallation)}`,
  async () => {
    vi.stubEnv('GRADSOCKET_CACHE', empty);
    const folder = await installGarbage();
    await rm(join(folder, INSIDE.addon));
    const engine = await createEngine('auto', { threads: 1, onBroken });
    expect(engine.name).toBe('wasm');
    expect(told).toEqual([expect.stringContaining(`${INSIDE.addon} is missing or has another size`)]);
    const [tensorflow] = await probeEngines({ ...process.env, GRADSOCKET_CACHE: empty });
    expect(tensorflow?.reason).toContain(`broken: ${INSIDE.addon} is missing`);
  },
);

it.skipIf(WITHOUT_TENSORFLOW)(`takes TensorFlow where it is installed${IF_WITHOUT}`, async () => {
  const engine = await createEngine('auto', { threads: 1, onBroken });
  expect(engine.name).toBe('tensorflow');
  expect(engine.threads).toBe(1);
  expect(told).toEqual([]);
  // The addon loads once: another number of threads would silently be the first one.
  await expect(createEngine('tensorflow', { threads: 2, onBroken })).rejects.toThrow('1 threads');
});

it('the doctor names the command that installs what is missing', async () => {
  const reports = await probeEngines({ ...process.env, GRADSOCKET_CACHE: empty });
  const [tensorflow, webgpu, wasm, cpu] = reports;
  expect(reports).toHaveLength(4);
  expect(tensorflow).toMatchObject({ engine: 'tensorflow', usable: false, reason: 'not installed' });
  expect(tensorflow?.remedy).toMatch(/^gradsocket setup/);
  expect(webgpu).toMatchObject({ engine: 'webgpu', usable: false, remedy: null });
  expect(wasm).toMatchObject({ engine: 'wasm', usable: true, threads: Math.min(availableParallelism(), MOST_THREADS) });
  expect(cpu).toMatchObject({ engine: 'cpu', usable: true });
});

it.skipIf(WITHOUT_TENSORFLOW)(`the doctor tries TensorFlow in a process of its own${IF_WITHOUT}`, async () => {
  const [tensorflow] = await probeEngines();
  expect(tensorflow).toMatchObject({ engine: 'tensorflow', usable: true });
});
