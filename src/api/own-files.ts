import { readFileSync } from 'node:fs';
import { EXIT, GradsocketError } from '../shared/errors.ts';

/**
 * Processes, threads, kernels and the page are files beside this one. A bundler copies the code and leaves them behind: `beside`, the
 * address of this file, is then that of the bundle, or nothing at all.
 */
export function checkOwnFiles(beside: string | undefined): void {
  if (beside !== undefined && packageAt(beside) === 'gradsocket') return;
  throw new GradsocketError(
    'BUNDLED',
    EXIT.configuration,
    'gradsocket was put into a bundle, without the files from which it starts its workers. Leave the package out of it (esbuild: ' +
      '--external:gradsocket, webpack and Rollup: external, Next.js: serverExternalPackages), and have it in node_modules where the ' +
      'program runs.',
  );
}

/** The name of the package whose dist/api or src/api the file lies in. */
function packageAt(file: string): unknown {
  try {
    return (JSON.parse(readFileSync(new URL('../../package.json', file), 'utf8')) as { readonly name?: unknown }).name;
  } catch {
    return null;
  }
}

// Before any other module of the package is begun: some need such a file at once, and would say only that it is missing.
checkOwnFiles(import.meta.url);
