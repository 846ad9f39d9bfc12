// @ts-check
// A Python with PyTorch to compare with. Nothing else here needs Python.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare.mjs';
import { say } from '../say.mjs';

const VERSION = '2.13.0';
const FOLDER = join(root, '.gradsocket', `pytorch-${VERSION}`);

/** The path of a Python that imports PyTorch; null: there is none, and none could be set up. */
export function findPyTorch() {
  const given = process.env['GRADSOCKET_BENCH_PYTHON'];
  if (given !== undefined) {
    if (torchVersion(given) !== null) return given;
    say(`GRADSOCKET_BENCH_PYTHON=${given} does not import torch: nothing to compare with.`);
    return null;
  }
  const python = join(FOLDER, 'bin', 'python');
  if (existsSync(python) && torchVersion(python) !== null) return python;
  say(`Setting up PyTorch ${VERSION} to compare with (once)`);
  if (!works('python3', ['-m', 'venv', FOLDER])) {
    say('python3 -m venv fails: install python3-venv. Only our own side is measured.');
    return null;
  }
  // The build for CPUs alone where the index has it; the other one computes the same on a CPU, but is much larger.
  const install = (/** @type {string} */ version) => ['-m', 'pip', 'install', '--quiet', `torch==${version}`, 'numpy'];
  if (works(python, install(`${VERSION}+cpu`), 'ignore')) return python;
  say('The index has no build for CPUs alone: the one with CUDA comes, several GB');
  if (works(python, install(VERSION))) return python;
  say(
    `pip cannot install torch ${VERSION}: only our own side is measured. GRADSOCKET_BENCH_PYTHON names another Python.`,
  );
  return null;
}

/** @param {string} python */
export function torchVersion(python) {
  const { status, stdout } = spawnSync(python, ['-c', 'import torch; print(torch.__version__)'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

/** @param {string} command @param {readonly string[]} args @param {'inherit' | 'ignore'} complaints */
function works(command, args, complaints = 'inherit') {
  return spawnSync(command, args, { stdio: ['ignore', 'ignore', complaints] }).status === 0;
}
