// @ts-check
// Seconds from SIGKILL of one of two workers to the next committed step: gradsocket beside torchrun's elastic restart, in turns.
//
//   node bench/recovery/measure.mjs PYTHON-WITH-TORCH [ROUNDS=3]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const [python = 'python3', rounds = '3'] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'gradsocket-recovery-'));

/** @param {string} runDir */
function gradsocket(runDir) {
  const job =
    '--engine wasm --threads 1 --channels 4 --dense 8 --batch 120 --microbatches 6 --epochs 30 --steps 300'.split(' ');
  const args = ['launch', '--workers', '2', '--quiet', '--run-dir', runDir, '--chaos', 'kill@step=100,rank=1', ...job];
  const { status, stderr } = spawnSync(process.execPath, [here('../../dist/cli/main.js'), ...args], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(readFileSync(join(runDir, 'chaos.json'), 'utf8')).faults[0].costSeconds;
}

/** @param {string} runDir */
function torchrun(runDir) {
  const args = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', '--max-restarts', '3'];
  const script = [here('./elastic.py'), runDir, '300', '100'];
  const { status, stdout, stderr } = spawnSync(python, [...args, ...script], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const lines = stdout.split('\n');
  const killed = lines.findIndex((line) => line.startsWith('kill '));
  const next = lines.slice(killed).find((line) => line.startsWith('step '));
  return Number(next?.split(' ')[2]) - Number(lines[killed]?.split(' ')[1]);
}

try {
  for (let round = 1; round <= Number(rounds); round++) {
    const ours = gradsocket(join(folder, `gradsocket-${round}`));
    const theirs = join(folder, `torchrun-${round}`);
    spawnSync('mkdir', ['-p', theirs]);
    console.log(`gradsocket ${ours.toFixed(2)} s, torchrun ${torchrun(theirs).toFixed(2)} s`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
