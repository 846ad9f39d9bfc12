import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the package. This file runs as dist/cli/command/self.js, and as src/cli/command/self.ts in tests. */
const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));

/** The command line's own file, to start workers with. */
export const MAIN = fileURLToPath(new URL('../main.js', import.meta.url));

/** How gradsocket is called again from here. */
export const COMMAND = 'npx gradsocket';

/** An image that a model of the bundled dataset can be tried on, as a path from here. */
export function exampleImage(data: string): string | null {
  if (data !== 'digits') return null;
  const file = join(PACKAGE, 'data', 'examples', 'digit.png');
  return existsSync(file) ? relative(process.cwd(), file) : null;
}
