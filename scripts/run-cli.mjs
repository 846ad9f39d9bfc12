// @ts-check
// Sets up what is missing, then runs the built command line in the place of this process.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { npmWords } from './npm-words.mjs';
import { build, checkNode, installDependencies, root, setUpTensorFlow } from './prepare.mjs';
import { fail, say } from './say.mjs';

/** @param {'launch'} command @param {readonly string[]} given */
export async function runCli(command, given) {
  checkNode();
  installDependencies();
  build();
  setUpTensorFlow();
  const words = npmWords(await launchFlag(), process.env, given);
  if (words.length > 0)
    say(`npm hands over ${words.join(' ')}; flags go after two dashes: npm start -- ${words.join(' ')}`);
  // `npm start --epochs 3`: npm keeps the flag and passes on its value; of --engine it makes its own --engine-strict.
  const [stray] = given;
  const kept = words.length > 0 || process.env['npm_config_engine_strict'] !== undefined;
  if (kept && stray !== undefined && !stray.startsWith('-')) {
    fail(`npm took a flag for its own and left '${stray}' of it. Flags go after two dashes: npm start -- --epochs 3`);
  }
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), command, ...words, ...given], {
    cwd: root,
    stdio: 'inherit',
  });
  // A terminal sends Ctrl-C to both; only the child decides what it means. Other signals come to this process alone.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2']))
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`gradsocket could not be started: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
}

/** Which flag of `launch` a name is or means, from what was built just now. */
async function launchFlag() {
  const load = (/** @type {string} */ file) => import(pathToFileURL(join(root, 'dist', 'shared', 'job', file)).href);
  const [{ fieldsOf }, { launchOptions }, { jobSchema }, { flagMeant }] = await Promise.all(
    ['fields.js', 'options.js', 'schema.js', 'meaning.js'].map(load),
  );
  const names = [launchOptions, jobSchema].flatMap((schema) =>
    fieldsOf(schema).map((/** @type {{ name: string }} */ { name }) => name),
  );
  return (/** @type {string} */ name) => flagMeant(name, names)?.is ?? null;
}
