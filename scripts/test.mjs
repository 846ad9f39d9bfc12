// @ts-check
// npm test: sets up what is missing, checks, then the unit tests, those of engines, the simulation, end-to-end and fault tests.
// The last line says the numbers. `npm test -- --unit`, `--engine`, `--simulation`, `--e2e` and `--fault` run one kind, the last
// one all of its cases; other arguments go to vitest (file names, -t).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check } from './check.mjs';
import { setUpKubernetesTools } from './kubernetes.mjs';
import { npmWords } from './npm-words.mjs';
import { build, checkNode, installDependencies, root, setUpTensorFlow } from './prepare.mjs';

const KINDS = ['unit', 'engine', 'simulation', 'e2e', 'fault'];

checkNode();
installDependencies();
build();
setUpTensorFlow();
setUpKubernetesTools();

const written = process.argv.slice(2);
const given = [...npmWords((name) => (KINDS.includes(name) ? name : null), process.env, written), ...written];
const chosen = KINDS.filter((kind) => given.includes(`--${kind}`));
const others = given.filter((argument) => !KINDS.includes(argument.replace('--', '')));
const counts = { passed: 0, failed: 0, skipped: 0 };
let sound = true;

if (chosen.length === 0 && others.length === 0) {
  const wrong = check();
  counts.failed += wrong.length;
  sound = wrong.length === 0;
}

const reports = mkdtempSync(join(tmpdir(), 'gradsocket-tests-'));
try {
  for (const kind of chosen.length === 0 ? KINDS : chosen) {
    const report = join(reports, `${kind}.json`);
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const leftOut = join(root, 'scripts', 'test', 'left-out.mjs');
    const reporters = ['--reporter=default', `--reporter=${leftOut}`, '--reporter=json', `--outputFile.json=${report}`];
    const args = [vitest, 'run', '--project', `${kind}*`, '--passWithNoTests', ...reporters, ...others];
    // Asked for by name, it is the whole kind; beside the others a well-chosen part.
    const env = { ...process.env, ...(kind === 'fault' && chosen.length > 0 ? { ALL_FAULTS: '1' } : {}) };
    const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
    const failed = count(report);
    // A file that does not load, or an error outside of every test, fails without a failed test.
    if (status !== 0 && failed === 0) counts.failed++;
    sound &&= status === 0;
  }
} finally {
  rmSync(reports, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exit(sound && counts.failed === 0 ? 0 : 1);

/** Adds up one report; returns its failed tests. */
function count(/** @type {string} */ file) {
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    counts.passed += report.numPassedTests;
    counts.failed += report.numFailedTests;
    counts.skipped += report.numPendingTests + report.numTodoTests;
    return report.numFailedTests;
  } catch {
    // vitest died before it could write; its exit code says so.
    return 0;
  }
}
