import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { INSIDE, installFolder } from './folder.ts';
import type { Variant } from './pins.ts';

/** Written last into an installation: what is in it. A folder without it, or with other files, is not one. */
const manifestSchema = z.object({
  variant: z.enum(['cpu', 'gpu']),
  tensorflow: z.string(),
  files: z.array(z.object({ path: z.string(), size: z.number() })).min(1),
});
export type Manifest = z.infer<typeof manifestSchema>;

export interface Installation {
  readonly folder: string;
  readonly variant: Variant;
  /** TensorFlow's version as the library itself says it. */
  readonly tensorflow: string;
}

export async function writeManifest(folder: string, variant: Variant, tensorflow: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        return { path: path.slice(folder.length + 1), size: (await stat(path)).size };
      }),
  );
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest: Manifest = { variant, tensorflow, files };
  await writeFile(join(folder, INSIDE.manifest), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The installation in a folder; null where there is none or something is missing or of another size. */
export function readInstallation(folder: string): Installation | null {
  let manifest: Manifest;
  try {
    manifest = manifestSchema.parse(JSON.parse(readFileSync(join(folder, INSIDE.manifest), 'utf8')));
  } catch {
    return null;
  }
  const whole = manifest.files.every(
    ({ path, size }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size === size,
  );
  return whole ? { folder, variant: manifest.variant, tensorflow: manifest.tensorflow } : null;
}

/** The device node of NVIDIA's driver, or of its relay under Windows. */
export function hasNvidiaDriver(): boolean {
  return existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
}

/**
 * The installation to use: the one for GPUs where there is a driver; without one it would run on the CPU as well, so
 * it also serves where it is the only one.
 */
export function findInstallation(root: string, driver = hasNvidiaDriver()): Installation | null {
  const order: readonly Variant[] = driver ? ['gpu', 'cpu'] : ['cpu', 'gpu'];
  for (const variant of order) {
    const installation = readInstallation(installFolder(root, variant));
    if (installation !== null) return installation;
  }
  return null;
}
