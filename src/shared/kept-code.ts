import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { cacheRoot } from './cache-folder.ts';

export interface KeptCodeOptions {
  /** Names what is kept: programs that run other parts of a file keep what they compiled apart. */
  readonly use: string;
  /** Where it is kept; null: nowhere. */
  readonly folder: string | null;
  /** For tests: what decides, besides the file, whether what was compiled can be used. */
  readonly engine?: string;
}

export interface StartedCode {
  readonly exports: unknown;
  /** It did not have to be compiled. */
  readonly wasKept: boolean;
  /** Keeps what was compiled so far, for the next start. Does nothing where it was kept. */
  readonly keep: () => void;
}

const DIGEST_BYTES = 32;
/** Of each use: one for each version of Node, and for each set of its flags, as a rule. */
const MOST = 4;
/** When what the start takes is compiled, as a rule, and when what training takes is; later on, parts of it may have been thrown away again. */
const KEEP_AFTER_MS = [1_000, 5_000];

/**
 * Runs a CommonJS file, with what V8 had compiled of it when it ran before: compiling takes half of the time that loading does. Node
 * itself keeps that from version 22 on, for modules. Lost or spoilt, it only costs that time; where there is no folder for it,
 * nothing is kept.
 */
export function runKept(file: string, { use, folder, engine = engineHere() }: KeptCodeOptions): StartedCode {
  const source = readFileSync(file, 'latin1');
  const name = `${use}-${digest(`${basename(file)} ${engine}`)
    .toString('hex')
    .slice(0, 16)}.code`;
  const path = folder === null ? null : join(folder, name);
  const cachedData = path === null ? null : readWhole(path);
  const script = new vm.Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: file,
    ...(cachedData === null ? {} : { cachedData }),
  });
  const wasKept = cachedData !== null && script.cachedDataRejected !== true;
  const module = { exports: {} as unknown };
  const run = script.runInThisContext() as (...parts: readonly unknown[]) => void;
  run.call(module.exports, module.exports, createRequire(file), module, file, dirname(file));
  return {
    exports: module.exports,
    wasKept,
    keep: () => {
      if (!wasKept && path !== null) writeWhole(path, () => script.createCachedData(), use);
    },
  };
}

/** The same for an entry of this program, which keeps by itself. */
export function startKept(file: URL, entry: string): void {
  const use = entry === 'main' ? commandUse(process.argv.slice(2)) : entry;
  const { wasKept, keep } = runKept(fileURLToPath(file), { use, folder: cacheFolder() });
  if (wasKept) return;
  for (const ms of KEEP_AFTER_MS) setTimeout(keep, ms).unref();
  const atEnd = (code: number): void => {
    // What fails has not come far.
    if (code === 0) keep();
  };
  process.on('exit', atEnd);
  // From then on what is kept only becomes less.
  setTimeout(() => process.off('exit', atEnd), KEEP_AFTER_MS.at(-1)).unref();
}

/** Null: there is none, which whoever needs one says. */
function cacheFolder(): string | null {
  try {
    return join(cacheRoot(process.env), 'compiled');
  } catch {
    return null;
  }
}

/** Each command takes other parts of the program, and what only says how it is used few of them. */
function commandUse([command = '', ...words]: readonly string[]): string {
  const isHelp = words.some((word) => word === '--help' || word === '-h');
  return /^[a-z]{1,12}$/.test(command) && !isHelp ? `main-${command}` : 'main';
}

/** Of what another version or other flags compiled, nothing can be used. */
function engineHere(): string {
  const { version, arch, execArgv, env } = process;
  return [version, arch, ...execArgv, env['NODE_OPTIONS'] ?? ''].join(' ');
}

/** Null: there is none, or it is not as it was written. */
function readWhole(path: string): Buffer | null {
  try {
    const bytes = readFileSync(path);
    const content = bytes.subarray(DIGEST_BYTES);
    return digest(content).equals(bytes.subarray(0, DIGEST_BYTES)) ? content : null;
  } catch {
    return null;
  }
}

function writeWhole(path: string, make: () => Buffer, use: string): void {
  try {
    const folder = dirname(path);
    makeFolder(folder);
    const temporary = `${path}.${process.pid}.tmp`;
    // First whether it can be written at all.
    writeFileSync(temporary, '');
    const content = make();
    writeFileSync(temporary, Buffer.concat([digest(content), content]));
    renameSync(temporary, path);
    const isOfUse = (name: string): boolean =>
      name.startsWith(`${use}-`) && /^[0-9a-f]{16}\.code$/.test(name.slice(use.length + 1));
    const ofUse = readdirSync(folder)
      .filter(isOfUse)
      .map((name) => join(folder, name));
    const byAge = ofUse.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    for (const old of byAge.slice(MOST)) rmSync(old, { force: true });
  } catch {
    // Whoever needs the folder says why there is none.
  }
}

/** As createFolder, for the same reason: Node's own recursive `mkdir` never returns where HOME lies below /proc. */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (existsSync(path)) return;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    // Somebody else may make it, too, just now.
    if (!existsSync(path)) mkdirSync(path);
  }
}

function digest(of: string | Buffer): Buffer {
  return createHash('sha256').update(of).digest();
}
