import { existsSync } from 'node:fs';
import { delimiter, join, parse, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package. This file runs as dist/cli/command/self.js, and as src/cli/command/self.ts in tests. */
export const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

/** Where npm keeps the commands of packages. */
const NPX = join('node_modules', '.bin');

/** With which a worker process begins: what follows are the flags of `gradsocket worker`. */
export const LAUNCHED_WORKER = fileURLToPath(new URL('../launched-worker.js', import.meta.url));

/** How gradsocket is called again from here. */
export const COMMAND = commandFor(process.argv[1] ?? '', process.env['PATH'] ?? '', process.versions['pnp']);

/**
 * By its name where a shell finds it by that, as in the image; else by npx, which puts its own folder among the shell's. Where Yarn's
 * Plug'n'Play is in the place of node_modules, npx finds nothing.
 */
export function commandFor(script: string, path: string, plugAndPlay?: string): string {
  if (plugAndPlay !== undefined) return 'yarn gradsocket';
  const { base, dir } = parse(script);
  const isFound = base === 'gradsocket' && path.split(delimiter).includes(dir) && !dir.endsWith(NPX);
  return isFound ? 'gradsocket' : 'npx gradsocket';
}

/** An image that a model of the bundled dataset can be tried on, as a path from here. */
export function exampleImage(data: string): string | null {
  if (data !== 'digits') return null;
  const file = join(PACKAGE, 'data', 'examples', 'digit.png');
  return existsSync(file) ? relative(process.cwd(), file) : null;
}
