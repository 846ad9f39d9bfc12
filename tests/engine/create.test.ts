import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createEngine } from '../../src/engine/create.ts';
import { MOST_THREADS } from '../../src/engine/interpreter/threads/most.ts';
import { probeEngines } from '../../src/engine/probe.ts';
import { EXIT } from '../../src/shared/errors.ts';
import { WITHOUT_TENSORFLOW } from './tensorflow/installed.ts';

let empty: string;
beforeEach(async () => {
  empty = await mkdtemp(join(tmpdir(), 'gradsocket-cache-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(empty, { recursive: true });
});

it('says how to install an engine that is asked for by name and missing', async () => {
  vi.stubEnv('GRADSOCKET_CACHE', empty);
  await expect(createEngine('tensorflow', { threads: 1 })).rejects.toMatchObject({
    code: 'ENGINE_NOT_INSTALLED',
    exitCode: EXIT.noEngine,
    message: expect.stringContaining('gradsocket setup') as string,
  });
  await expect(createEngine('webgpu', { threads: 1 })).rejects.toMatchObject({ exitCode: EXIT.noEngine });
});

it('falls back to wasm when it may choose, and says what would be faster', async () => {
  vi.stubEnv('GRADSOCKET_CACHE', empty);
  const notices: string[] = [];
  const engine = await createEngine('auto', { threads: 1 }, (notice) => notices.push(notice));
  expect(engine.name).toBe('wasm');
  expect(notices).toEqual([expect.stringContaining('gradsocket setup')]);
});

it.skipIf(WITHOUT_TENSORFLOW)('takes TensorFlow where it is installed', async () => {
  const notices: string[] = [];
  const engine = await createEngine('auto', { threads: 1 }, (notice) => notices.push(notice));
  expect(engine.name).toBe('tensorflow');
  expect(engine.threads).toBe(1);
  expect(notices).toEqual([]);
  // The addon loads once: another number of threads would silently be the first one.
  await expect(createEngine('tensorflow', { threads: 2 })).rejects.toThrow('1 threads');
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

it.skipIf(WITHOUT_TENSORFLOW)('the doctor tries TensorFlow in a process of its own', async () => {
  const [tensorflow] = await probeEngines();
  expect(tensorflow).toMatchObject({ engine: 'tensorflow', usable: true });
});
