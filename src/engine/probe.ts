import type { EngineReport } from './choose.ts';
import { usableCores } from '../shared/cgroup.ts';
import { cpuName, gpuName } from './interface/device.ts';
import { findDamage, findInstallation, hasNvidiaDriver } from './install/manifest.ts';
import { isNoexec } from './install/executable.ts';
import { thisPlatform, unsupported } from './install/platform.ts';
import { engineRoots } from './install/roots.ts';
import { tryAddon } from './install/trial.ts';
import { MOST_THREADS } from './interpreter/threads/most.ts';

export type { EngineReport } from './choose.ts';

/** Looks at every engine. TensorFlow is tried in a process of its own, which may die without harm. */
export async function probeEngines(env: NodeJS.ProcessEnv = process.env): Promise<EngineReport[]> {
  return [
    await probeTensorflow(env),
    WEBGPU,
    interpreted('wasm', Math.min(usableCores(), MOST_THREADS), null),
    interpreted('cpu', 1, 'for tests: very slow'),
  ];
}

const WEBGPU: EngineReport = {
  engine: 'webgpu',
  usable: false,
  reason: 'not in this version',
  device: null,
  accelerated: false,
  threads: null,
  remedy: null,
};

function interpreted(engine: 'wasm' | 'cpu', threads: number, reason: string | null): EngineReport {
  return { engine, usable: true, reason, device: cpuName(), accelerated: false, threads, remedy: null };
}

async function probeTensorflow(env: NodeJS.ProcessEnv): Promise<EngineReport> {
  const unusable = (reason: string, remedy: string | null): EngineReport => ({
    engine: 'tensorflow',
    usable: false,
    reason,
    device: null,
    accelerated: false,
    threads: null,
    remedy,
  });
  const driver = hasNvidiaDriver();
  const setup = driver ? 'gradsocket setup --gpu' : 'gradsocket setup';
  const misfit = unsupported(thisPlatform());
  if (misfit !== null) return unusable(`not on ${misfit}`, null);
  const roots = engineRoots(env);
  const installation = findInstallation(roots, driver);
  if (installation === null) {
    const damage = findDamage(roots, driver);
    return damage === null
      ? unusable('not installed', setup)
      : unusable(`broken: ${damage.reason}`, `${setup} --force`);
  }
  try {
    const { gpu } = await tryAddon(installation.folder, env);
    const slow = gpu || !driver ? null : installation.variant === 'cpu' ? 'installed without CUDA' : 'it finds no GPU';
    return {
      engine: 'tensorflow',
      usable: true,
      reason: slow,
      device: gpu ? gpuName() : cpuName(),
      accelerated: gpu,
      threads: usableCores(),
      remedy: slow !== null && installation.variant === 'cpu' ? setup : null,
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (isNoexec(reason)) return unusable('its folder is mounted noexec: set GRADSOCKET_CACHE to another one', null);
    return unusable(`broken: it does not load (${reason})`, `${setup} --force`);
  }
}
