// Compiles assembly/ to src/shared/kernels/kernels.wasm, and puts a copy beside the built JavaScript where dist exists.
// Does nothing where the result is newer than its sources.
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'assembly');
const output = join(root, 'src/shared/kernels/kernels.wasm');
const installed = join(root, 'dist/shared/kernels/kernels.wasm');

function newestChange() {
  const files = readdirSync(sources).map((name) => join(sources, name));
  return Math.max(...[...files, fileURLToPath(import.meta.url)].map((file) => statSync(file).mtimeMs));
}

if (!existsSync(output) || statSync(output).mtimeMs < newestChange()) {
  const { default: asc } = await import('assemblyscript/asc');
  const { error, stderr } = await asc.main(
    [
      'index.ts',
      ...['--baseDir', sources, '--outFile', output],
      ...['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--enable', 'threads'],
      // The arena's memory comes from outside and may be as large as addresses reach.
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
    ],
    { stdout: process.stdout },
  );
  if (error) {
    console.error(`The kernels cannot be compiled: ${error.message}\n${stderr.toString()}`);
    process.exit(1);
  }
}
if (existsSync(join(root, 'dist'))) {
  mkdirSync(dirname(installed), { recursive: true });
  copyFileSync(output, installed);
}
