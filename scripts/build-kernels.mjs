// Compiles assembly/ to WebAssembly modules under src/, and puts copies beside the built JavaScript where dist exists.
// Does nothing for a module that is newer than all sources.
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'assembly');

// Memory comes from outside, is shared between threads, and may be as large as addresses reach.
const SHARED_MEMORY = ['--enable', 'threads', '--sharedMemory', '--maximumMemory', '65536'];

const MODULES = [
  { entry: 'index.ts', output: 'collective/kernels/kernels.wasm', options: SHARED_MEMORY },
  // Runs on the memory of tfjs's wasm backend, which is shared where there is more than one thread.
  { entry: 'training/index.ts', output: 'engine/interpreter/training.wasm', options: [] },
  { entry: 'training/index.ts', output: 'engine/interpreter/training-shared.wasm', options: SHARED_MEMORY },
];

function newestChange() {
  const files = readdirSync(sources, { recursive: true }).map((name) => join(sources, name));
  return Math.max(...[...files, fileURLToPath(import.meta.url)].map((file) => statSync(file).mtimeMs));
}

async function compile(entry, output, options) {
  const { default: asc } = await import('assemblyscript/asc');
  const { error } = await asc.main(
    [
      entry,
      ...['--baseDir', sources, '--outFile', output],
      ...['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--importMemory', '--initialMemory', '1'],
      ...options,
    ],
    { stdout: process.stdout, stderr: process.stderr },
  );
  if (error) {
    console.error(`The kernels cannot be compiled: ${error.message}`);
    process.exit(1);
  }
}

for (const { entry, output, options } of MODULES) {
  const compiled = join(root, 'src', output);
  if (!existsSync(compiled) || statSync(compiled).mtimeMs < newestChange()) await compile(entry, compiled, options);
  if (existsSync(join(root, 'dist'))) {
    const installed = join(root, 'dist', output);
    mkdirSync(dirname(installed), { recursive: true });
    copyFileSync(compiled, installed);
  }
}
