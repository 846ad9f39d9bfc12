// @ts-check
// npm run monitoring:try: a real run on the wasm engine with three workers, Prometheus and Alertmanager (of the system, on loopback),
// every expression of dashboard, rules and alerts, and an alert that fires when a worker is stopped and resolves when it is back.
// With --image, coordinator and workers are containers of podman.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { installDependencies } from './prepare.mjs';
import { fail } from './say.mjs';

const HELP = `npm run monitoring:try -- [options]

  --image NAME   coordinator and workers in containers of podman, of an image that \`npm run image\` has built; default: processes
  --confined     as for \`npm run image\``;

function asked() {
  const options = /** @type {const} */ ({
    image: { type: 'string' },
    confined: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n${HELP}`);
  }
}

const values = asked();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
const missing = ['prometheus', 'promtool'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
const alertmanager = ['alertmanager', 'prometheus-alertmanager'].find(
  (name) => spawnSync(name, ['--version']).error === undefined,
);
if (alertmanager === undefined) missing.push('prometheus-alertmanager');
if (missing.length > 0) {
  console.error(`${missing.join(', ')} not found: apt-get install prometheus prometheus-alertmanager`);
  process.exitCode = 1;
} else {
  installDependencies();
  const { tryMonitoring } = await import('./monitoring/trial.mjs');
  process.exitCode = await tryMonitoring(alertmanager ?? '', await containersOf(values));
}

/** @param {{ image?: string | undefined, confined: boolean }} given */
async function containersOf({ image, confined }) {
  if (image === undefined) return null;
  const { Containers } = await import('./monitoring/containers.mjs');
  const { openNamespace } = await import('./deploy-try/namespace.mjs');
  return new Containers(openNamespace({ podmanRoot: null, confined }), image);
}
