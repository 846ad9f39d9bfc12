// @ts-check
// npm run monitoring:try: a real run on the wasm engine with three workers, Prometheus and Alertmanager (of the system, on loopback),
// every expression of dashboard, rules and alerts, and an alert that fires when a worker is stopped and resolves when it is back.
import { spawnSync } from 'node:child_process';
import { installDependencies } from './prepare.mjs';

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
  process.exitCode = await tryMonitoring(alertmanager ?? '');
}
