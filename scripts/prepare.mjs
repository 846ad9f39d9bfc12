// @ts-check
// What `npm start` and `npm test` need before they can run: dependencies, a build, and TensorFlow for the fast engine.
// Node's own modules only, because node_modules may be missing. Not a pre script, because ignore-scripts skips those.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOf, isFresh, markFresh } from './fresh.mjs';
import { installFailure, isUnreached } from './install-failure.mjs';
import { fail, say } from './say.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));
const OLDEST_NODE = [20, 19];

/** @param {string} command @param {readonly string[]} args @param {'pipe' | 2} output */
function start(command, args, output) {
  // npm is a .cmd file on Windows, which only a shell starts.
  const shell = process.platform === 'win32' && command === 'npm';
  return spawnSync(command, args, { cwd: root, shell, stdio: ['ignore', output, output], encoding: 'utf8' });
}

/**
 * Runs a command in the project's folder; what it prints goes to stderr. Returns its exit code.
 * @param {string} command @param {readonly string[]} args @param {{ quiet?: boolean }} [options]
 */
function run(command, args, { quiet = false } = {}) {
  const result = start(command, args, quiet ? 'pipe' : 2);
  if (result.error !== undefined) return 127;
  if (quiet && result.status !== 0) process.stderr.write(`${result.stdout}${result.stderr}`);
  return result.status ?? 1;
}

export function checkNode() {
  const { bun, deno, node } = process.versions;
  const needed = `gradsocket needs Node ${OLDEST_NODE.join('.')} or newer`;
  if (bun !== undefined || deno !== undefined)
    fail(`${needed}, and this is ${bun === undefined ? 'Deno' : 'Bun'}: use npm and node.`);
  const [major = 0, minor = 0] = node.split('.').map(Number);
  const [oldest = 0, oldestMinor = 0] = OLDEST_NODE;
  if (major < oldest || (major === oldest && minor < oldestMinor))
    fail(`${needed}, and this is Node ${node}: update it.`);
}

/** What a lock file says; undefined: there is none, or it was torn, as by a full disk or a merge: npm says what it makes of that. */
function packagesIn(/** @type {string} */ file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether node_modules holds what package-lock.json says. npm leaves its own account of what it installed, so this also
 * knows a folder that somebody filled with `npm install`.
 */
function dependenciesAreCurrent() {
  const wanted = packagesIn(join(root, 'package-lock.json'));
  const installed = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional ones are for one platform each: only those for this one are there.
    return found === undefined ? optional === true || devOptional === true : found.version === version;
  });
}

/** node_modules, as package-lock.json has it. */
export function installDependencies() {
  if (dependenciesAreCurrent()) return;
  say(existsSync(join(root, 'node_modules')) ? 'Dependencies changed: installing' : 'Installing dependencies');
  // Not `npm ci`: it wants the binaries of every platform in the lock file, and a registry need not have them all. With
  // no-save the lock file decides and stays as it is.
  // ignore-scripts: no dependency needs its install script, and one that fails must not stop anybody.
  const install = ['install', '--no-save', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const unreached = whyUnreached();
  // What is in npm's cache needs no registry.
  const { status, stdout } = npm(unreached === null ? install : [...install, '--offline']);
  if (status !== 0) fail(unreached ?? installFailure(stdout));
}

/**
 * Why the registry is not reached, as a sentence; null: it is, though it need not know the question. Asked first, because where
 * there is no network npm takes minutes to find that out for each of hundreds of packages.
 */
function whyUnreached() {
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-timeout=20000'];
  const { status, stdout } = npm(['ping', ...patience]);
  return status !== 0 && isUnreached(stdout) ? installFailure(stdout) : null;
}

/** Runs npm so that it prints what went wrong as JSON. */
function npm(/** @type {readonly string[]} */ args) {
  const result = start('npm', [...args, '--loglevel=silent', '--json'], 'pipe');
  if (result.error !== undefined) fail(`npm could not be started: ${result.error.message}`);
  return result;
}

const SOURCES = [
  'src',
  'assembly',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build-kernels.mjs',
  'scripts/build-page.mjs',
  'scripts/build-start.mjs',
  'package-lock.json',
];

/** dist/, from src/. The stamp is written last: an interrupted build is a stale one. */
export function build({ force = false } = {}) {
  const dist = join(root, 'dist');
  const stamp = join(dist, '.sources');
  const made = join(root, 'src', 'page', 'bundle');
  const hash = hashOf(root, SOURCES, (path) => !path.endsWith('.wasm') && !path.startsWith(made));
  if (!force && isFresh(stamp, hash)) return;
  say('Building');
  if (run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']) !== 0) {
    fail('The build failed: see the errors above.');
  }
  if (run(process.execPath, [join('scripts', 'build-kernels.mjs')], { quiet: true }) !== 0) {
    fail('The WebAssembly kernels could not be built: see the errors above.');
  }
  if (run(process.execPath, [join('scripts', 'build-page.mjs')], { quiet: true }) !== 0) {
    fail('The page could not be built: see the errors above.');
  }
  if (run(process.execPath, [join('scripts', 'build-start.mjs')], { quiet: true }) !== 0) {
    fail('The files of dist/start/ could not be built: see the errors above.');
  }
  removeOrphans(dist);
  markFresh(stamp, hash);
}

/** What was built from sources that are gone. After the build, so that dist/ is never without what it should hold. */
function removeOrphans(/** @type {string} */ dist) {
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const match = /^(.*?)(\.d\.ts|\.js)$/.exec(entry.name);
    if (!entry.isFile() || match === null) continue;
    const inside = relative(dist, entry.parentPath);
    // scripts/build-start.mjs clears up by itself.
    if (inside === 'start') continue;
    const folder = join(root, 'src', inside);
    const sources = [`${match[1]}.ts`, entry.name].map((name) => join(folder, name));
    if (!sources.some((source) => existsSync(source))) rmSync(join(entry.parentPath, entry.name));
  }
}

/** What TensorFlow's engine is built with. */
function missingTools() {
  const works = (/** @type {string} */ command, /** @type {readonly string[]} */ args) =>
    spawnSync(command, args, { stdio: 'ignore' }).status === 0;
  const missing = [];
  if (!works('python3', ['--version'])) missing.push('python3 with pip');
  else if (!works('python3', ['-m', 'pip', '--version'])) missing.push('pip');
  const [compiler = 'g++', ...first] = (process.env['CXX'] ?? '').split(' ').filter((word) => word !== '');
  if (!works(compiler, [...first, '--version'])) missing.push(compiler);
  return missing;
}

/** The fast engine, where it can be had. Nothing depends on it: without it, wasm trains. */
export function setUpTensorFlow() {
  // Nowhere else is there a library to build against.
  if (process.platform !== 'linux' || process.arch !== 'x64') return;
  const cli = join(root, 'dist', 'cli', 'main.js');
  // `setup --check` loads what is in the cache folder, which takes a second; what does not load, `setup` makes anew.
  if (spawnSync(process.execPath, [cli, 'setup', '--check'], { stdio: 'ignore' }).status === 0) return;
  const missing = missingTools();
  if (missing.length > 0) {
    say(
      `Training on wasm. With ${list(missing)} installed, npm start sets up TensorFlow, which is several times faster.`,
    );
    return;
  }
  say('Setting up TensorFlow (once; about 300 MB)');
  if (run(process.execPath, [cli, 'setup']) !== 0) {
    say('TensorFlow could not be set up: training on wasm. `npx gradsocket doctor` says what to mend.');
  }
}

/** @param {readonly string[]} names */
function list(names) {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
