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
type Manifest = z.infer<typeof manifestSchema>;

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
  const manifest = readManifest(folder);
  if (manifest === null || changedFile(folder, manifest) !== null) return null;
  return { folder, variant: manifest.variant, tensorflow: manifest.tensorflow };
}

function readManifest(folder: string): Manifest | null {
  try {
    return manifestSchema.parse(JSON.parse(readFileSync(join(folder, INSIDE.manifest), 'utf8')));
  } catch {
    return null;
  }
}

/** The first file that is missing or of another size; null: none is. */
function changedFile(folder: string, { files }: Manifest): string | null {
  const changed = files.find(
    ({ path, size }) => statSync(join(folder, path), { throwIfNoEntry: false })?.size !== size,
  );
  return changed?.path ?? null;
}

/** The device node of NVIDIA's driver, or of its relay under Windows. */
export function hasNvidiaDriver(): boolean {
  return existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
}

/**
 * The installation to use: the one for GPUs where there is a driver; without one it would run on the CPU as well, so
 * it also serves where it is the only one.
 */
export function findInstallation(roots: readonly string[], driver = hasNvidiaDriver()): Installation | null {
  for (const folder of foldersIn(roots, driver)) {
    const installation = readInstallation(folder);
    if (installation !== null) return installation;
  }
  return null;
}

function foldersIn(roots: readonly string[], driver: boolean): readonly string[] {
  const order: readonly Variant[] = driver ? ['gpu', 'cpu'] : ['cpu', 'gpu'];
  return order.flatMap((variant) => roots.map((root) => installFolder(root, variant)));
}

/** Where no installation is whole: one that was, and what is wrong with it, as a clause. Null: there never was one. */
export function findDamage(
  roots: readonly string[],
  driver = hasNvidiaDriver(),
): { readonly folder: string; readonly reason: string } | null {
  for (const folder of foldersIn(roots, driver)) {
    if (!existsSync(folder)) continue;
    const manifest = readManifest(folder);
    if (manifest === null) return { folder, reason: `${INSIDE.manifest} cannot be read` };
    const file = changedFile(folder, manifest);
    if (file !== null) return { folder, reason: `${file} is missing or has another size than it was installed with` };
  }
  return null;
}
