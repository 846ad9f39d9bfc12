import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { extract } from 'tar';
import { lastLine, runCommand } from './command.ts';
import { sha256OfFolder } from './digest.ts';
import { downloadFailed, hashMismatch } from './failures.ts';
import type { Pins } from './pins.ts';

export interface SourcesOptions {
  readonly pins: Pins;
  /** A folder that may hold the package's .tgz. */
  readonly offered: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal | undefined;
}

/**
 * Puts the addon's sources (the package's folder `binding`) below `folder` and checks them: from a .tgz at hand, from
 * node_modules, or with `npm pack`, which unlike an installation runs no script of the package.
 */
export async function fetchSources(folder: string, options: SourcesOptions): Promise<string> {
  const { sources } = options.pins;
  const what = `${sources.name} ${sources.version}`;
  const target = join(folder, 'binding');
  await mkdir(folder, { recursive: true });
  const archive = options.offered === null ? null : await findArchive(options.offered, sources.version);
  const installed = archive === null ? findInstalled(sources.name, sources.version) : null;
  if (installed !== null && (await hasSources(installed, sources))) {
    await cp(join(installed, 'binding'), target, { recursive: true });
    return folder;
  }
  await unpack(archive ?? (await pack(folder, what, options)), folder, sources);
  const found = await sha256OfFolder(target);
  if (found !== sources.sha256) throw hashMismatch(`The source of ${what}`, sources.sha256, found);
  return folder;
}

async function unpack(archive: string, folder: string, { integrity }: Pins['sources']): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`;
  if (found !== integrity) throw hashMismatch(archive, integrity, found);
  await extract({ file: archive, cwd: folder, strip: 1, filter: (path) => /^package\/binding\/[^/]+$/.test(path) });
}

async function pack(folder: string, what: string, { pins, env, signal }: SourcesOptions): Promise<string> {
  const { name, version } = pins.sources;
  const parameters = ['pack', `${name}@${version}`, '--ignore-scripts', '--pack-destination', folder];
  // Below `npm start` npm names its own script, which is right also where no `npm` is on the path.
  let result = await runCommand('npm', parameters, { env, signal });
  const own = env['npm_execpath'];
  if (result.code === 127 && own !== undefined)
    result = await runCommand(process.execPath, [own, ...parameters], { env, signal });
  if (result.code !== 0) {
    const errors = result.stderr
      .split('\n')
      .filter((line) => /^npm (ERR!|error) /.test(line) && !line.includes('A complete log'));
    const reason = (errors[0] ?? lastLine(result.stderr)).replace(/^npm (ERR!|error) /, '');
    throw downloadFailed(what, `npm says "${reason.trim()}"`);
  }
  const archive = await findArchive(folder, version);
  if (archive === null) throw downloadFailed(what, 'npm left no file');
  return archive;
}

async function findArchive(folder: string, version: string): Promise<string | null> {
  const name = (await readdir(folder)).find((file) => file.endsWith(`tfjs-node-gpu-${version}.tgz`));
  return name === undefined ? null : join(folder, name);
}

async function hasSources(folder: string, { sha256 }: Pins['sources']): Promise<boolean> {
  try {
    return (await sha256OfFolder(join(folder, 'binding'))) === sha256;
  } catch {
    return false;
  }
}

/** The package's folder where somebody has it installed in this very version. */
function findInstalled(name: string, version: string): string | null {
  try {
    const require = createRequire(import.meta.url);
    const path = require.resolve(`${name}/package.json`);
    return (require(path) as { version?: unknown }).version === version ? dirname(path) : null;
  } catch {
    return null;
  }
}
