// @ts-check
// Sets up what is missing, then runs the built command line in the place of this process.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build, checkNode, installDependencies, root, setUpTensorFlow } from './prepare.mjs';

/** @param {readonly string[]} args */
export function runCli(args) {
  checkNode();
  installDependencies();
  build();
  setUpTensorFlow();
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both; only the child decides what it means. Other signals come to this process alone.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`gradsocket could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
}
