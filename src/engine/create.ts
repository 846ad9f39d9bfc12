import { EXIT, GradsocketError } from '../shared/errors.ts';
import { PREFERENCES } from './choose.ts';
import type { Engine, EngineName, EngineOptions } from './interface/engine.ts';
import { engineBroken, engineUnloadable } from './install/failures.ts';
import { findDamage, findInstallation, type Installation } from './install/manifest.ts';
import { thisPlatform, unsupported } from './install/platform.ts';
import { engineRoots } from './install/roots.ts';

export interface CreateOptions {
  /** Threads of one operation; they may depend on which engine `auto` becomes. */
  readonly threads: number | ((engine: EngineName) => number);
  /** That the engine may use; default: as many as its threads. */
  readonly cores?: number;
  /** Hears, where `auto` passes over an engine that is installed but broken, why it does and what would mend it. */
  readonly onBroken: (sentence: string) => void;
}

interface Made {
  readonly engine: Engine;
  /** Whether it computes on a GPU. */
  readonly accelerated: boolean;
}

/** Makes the engine of this process. Engines are imported when they are wanted: loading one takes time and memory. */
export async function createEngine(name: EngineName | 'auto', options: CreateOptions): Promise<Engine> {
  const { threads, cores, onBroken } = options;
  const make = (engine: EngineName): Promise<Made> =>
    makeEngine(engine, {
      threads: typeof threads === 'number' ? threads : threads(engine),
      ...(cores === undefined ? {} : { cores }),
    });
  return name === 'auto' ? firstThatWorks(make, onBroken) : (await make(name)).engine;
}

async function firstThatWorks(
  make: (engine: EngineName) => Promise<Made>,
  onBroken: CreateOptions['onBroken'],
): Promise<Engine> {
  const tried = new Map<EngineName, Made | null>();
  for (const { engine, accelerated } of PREFERENCES) {
    if (!tried.has(engine))
      tried.set(engine, await make(engine).catch((error: unknown) => passedOver(error, onBroken)));
    const made = tried.get(engine);
    if (made && (made.accelerated || !accelerated)) return made.engine;
  }
  throw new Error('no engine works here, not even wasm');
}

function passedOver(error: unknown, onBroken: CreateOptions['onBroken']): null {
  if (!(error instanceof GradsocketError)) throw error;
  if (error.code === 'ENGINE_BROKEN') onBroken(error.message);
  return null;
}

async function makeEngine(name: EngineName, options: EngineOptions): Promise<Made> {
  switch (name) {
    case 'tensorflow':
      return createTensorflow(options);
    case 'webgpu':
      throw new GradsocketError(
        'ENGINE_UNAVAILABLE',
        EXIT.noEngine,
        'The webgpu engine is not in this version of gradsocket. Use --engine auto, which takes the fastest there is.',
      );
    case 'wasm':
    case 'cpu':
      return createInterpreter(name, options);
  }
}

/** @throws GradsocketError where there is none that this machine could run */
export function installedTensorflow(): Installation {
  const misfit = unsupported(thisPlatform());
  if (misfit !== null) {
    throw new GradsocketError(
      'ENGINE_UNAVAILABLE',
      EXIT.noEngine,
      `The tensorflow engine needs Linux on x64 with AVX and glibc 2.27 or newer; this is ${misfit}. Use --engine wasm.`,
    );
  }
  const roots = engineRoots(process.env);
  const installation = findInstallation(roots);
  if (installation !== null) return installation;
  const damage = findDamage(roots);
  if (damage !== null) throw engineBroken(damage.folder, damage.reason);
  throw new GradsocketError(
    'ENGINE_NOT_INSTALLED',
    EXIT.noEngine,
    'The tensorflow engine is not installed here. Install it with `gradsocket setup` (it is several times as fast), or use --engine wasm.',
  );
}

async function createTensorflow(options: EngineOptions): Promise<Made> {
  const installation = installedTensorflow();
  const { createTensorflowEngine } = await import('./tensorflow/engine.ts');
  try {
    const engine = createTensorflowEngine(installation, options);
    return { engine, accelerated: engine.onGpu };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') throw error;
    throw engineUnloadable(installation.folder, (error as Error).message, error);
  }
}

async function createInterpreter(name: 'wasm' | 'cpu', options: EngineOptions): Promise<Made> {
  const { createInterpreterEngine } = await import('./interpreter/engine.ts');
  return { engine: await createInterpreterEngine(name, options), accelerated: false };
}
