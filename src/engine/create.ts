import { EXIT, GradsocketError } from '../shared/errors.ts';
import type { Engine, EngineName, EngineOptions } from './interface/engine.ts';
import { cacheRoot } from '../shared/cache-folder.ts';
import { findInstallation, type Installation } from './install/manifest.ts';
import { thisPlatform, unsupported } from './install/platform.ts';

export interface CreateOptions {
  /** Threads of one operation; they may depend on which engine `auto` becomes. */
  readonly threads: number | ((engine: EngineName) => number);
}

/**
 * Makes the engine of this process. `auto` takes the fastest that works here (`chooseEngine` says the order, and the
 * doctor shows it); `onNotice` hears why it is not a faster one. Engines are imported when they are wanted: loading one
 * takes time and memory.
 */
export async function createEngine(
  name: EngineName | 'auto',
  { threads }: CreateOptions,
  onNotice: (sentence: string) => void = () => undefined,
): Promise<Engine> {
  const optionsOf = (engine: EngineName): EngineOptions => ({
    threads: typeof threads === 'number' ? threads : threads(engine),
  });
  switch (name) {
    case 'tensorflow':
      return createTensorflow(optionsOf(name));
    case 'webgpu':
      throw new GradsocketError(
        'ENGINE_UNAVAILABLE',
        EXIT.noEngine,
        'The webgpu engine is not in this version of gradsocket. Use --engine auto, which takes the fastest there is.',
      );
    case 'wasm':
    case 'cpu':
      return createInterpreter(name, optionsOf(name));
    case 'auto':
      try {
        return await createTensorflow(optionsOf('tensorflow'));
      } catch (error) {
        if (!(error instanceof GradsocketError)) throw error;
        onNotice(error.message);
        return createInterpreter('wasm', optionsOf('wasm'));
      }
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
  const installation = findInstallation(cacheRoot(process.env));
  if (installation === null) {
    throw new GradsocketError(
      'ENGINE_NOT_INSTALLED',
      EXIT.noEngine,
      'The tensorflow engine is not installed here. Install it with `gradsocket setup` (it is several times as fast), or use --engine wasm.',
    );
  }
  return installation;
}

async function createTensorflow(options: EngineOptions): Promise<Engine> {
  const installation = installedTensorflow();
  const { createTensorflowEngine } = await import('./tensorflow/engine.ts');
  try {
    return createTensorflowEngine(installation, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_DLOPEN_FAILED') throw error;
    throw new GradsocketError(
      'ENGINE_BROKEN',
      EXIT.noEngine,
      `The tensorflow engine in ${installation.folder} does not load (${(error as Error).message}). Make it anew with \`gradsocket setup --force\`, or use --engine wasm.`,
      { cause: error },
    );
  }
}

async function createInterpreter(name: 'wasm' | 'cpu', options: EngineOptions): Promise<Engine> {
  const { createInterpreterEngine } = await import('./interpreter/engine.ts');
  return createInterpreterEngine(name, options);
}
