import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INSIDE, installFolder } from '../../../src/engine/install/folder.ts';
import { findInstallation, writeManifest } from '../../../src/engine/install/manifest.ts';
import type { Variant } from '../../../src/engine/install/pins.ts';
import { engineRoots } from '../../../src/engine/install/roots.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradsocket-roots-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function install(root: string, variant: Variant): Promise<string> {
  const target = installFolder(root, variant);
  await mkdir(target, { recursive: true });
  await writeFile(join(target, INSIDE.addon), 'addon');
  await writeManifest(target, variant, '1.0');
  return target;
}

it('finds the engine that the program carries along where the cache is empty, and the one in the cache first', async () => {
  const carried = join(folder, 'engine');
  const roots = engineRoots({ GRADSOCKET_CACHE: join(folder, 'cache') }, carried);
  expect(findInstallation(roots)).toBeNull();
  const beside = await install(carried, 'cpu');
  expect(findInstallation(roots)?.folder).toBe(beside);
  const cached = await install(join(folder, 'cache'), 'cpu');
  expect(findInstallation(roots)?.folder).toBe(cached);
});

it('prefers the carried engine for GPUs to a cached one for the CPU where there is a driver', async () => {
  const carried = join(folder, 'engine');
  const roots = engineRoots({ GRADSOCKET_CACHE: join(folder, 'cache') }, carried);
  await install(join(folder, 'cache'), 'cpu');
  const beside = await install(carried, 'gpu');
  expect(findInstallation(roots, true)?.folder).toBe(beside);
});
