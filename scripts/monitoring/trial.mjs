// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { panels, rulesIn } from './expressions.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const MAIN = join(root, 'dist', 'cli', 'main.js');
const ALERT = 'GradsocketWorkersMissing';
const WORKERS = ['w0', 'w1', 'w2'];
const STOPPED = 'w2';
/** The run must go on until all was looked at. */
const EPOCHS = 1000;
const PATIENCE_MS = 240_000;

/** Panels that need what a short run on processors does not have. */
const MAY_BE_EMPTY = new Map([
  ['GPU', 'no GPU'],
  ['GPU memory', 'no GPU'],
]);

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve) => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** Until `look` gives something; fails after a while. @template T @param {string} what @param {() => Promise<T | null>} look @returns {Promise<T>} */
async function until(what, look) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look().catch(() => null);
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`Waited ${PATIENCE_MS / 1000} s for ${what}.`);
    await new Promise((resolve) => {
      setTimeout(resolve, 250);
    });
  }
}

/** Processes of the trial, which all end with it. */
class Processes {
  /** @type {Map<string, import('node:child_process').ChildProcess>} */
  #children = new Map();
  #folder;

  /** @param {string} folder */
  constructor(folder) {
    this.#folder = folder;
    this.runDir = join(folder, 'run');
  }

  /** @param {string} name @param {readonly string[]} words of gradsocket */
  run(name, words) {
    this.start(name, process.execPath, [MAIN, ...words]);
  }

  /** Stands still, as if its machine had hung. @param {string} name */
  stop(name) {
    this.#children.get(name)?.kill('SIGSTOP');
    return 'SIGSTOP';
  }

  /** @param {string} name */
  goOn(name) {
    this.#children.get(name)?.kill('SIGCONT');
    return 'SIGCONT';
  }

  /** @param {string} name @param {string} program @param {readonly string[]} args */
  start(name, program, args) {
    const log = openSync(join(this.#folder, `${name}.log`), 'w');
    const child = spawn(program, args, { stdio: ['ignore', log, log], cwd: this.#folder });
    closeSync(log);
    this.#children.set(name, child);
    return child;
  }

  /** @param {string} name */
  said(name) {
    return readFileSync(join(this.#folder, `${name}.log`), 'utf8');
  }

  async end() {
    const ends = [...this.#children.values()].map((child) => {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      return ended.then(() => clearTimeout(timer));
    });
    await Promise.all(ends);
  }
}

/** Notifications of Alertmanager, oldest first. */
async function webhook() {
  /** @type {{ readonly at: number, readonly status: string, readonly name: string }[]} */
  const heard = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (part) => {
      text += part;
    });
    request.on('end', () => {
      for (const { status, labels } of JSON.parse(text).alerts)
        heard.push({ at: Date.now(), status, name: labels.alertname });
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return { heard, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}

/** The committed files, with addresses of the trial and less patience. @param {string} folder @param {{ coordinator: number, workers: number[], alertmanager: number }} ports */
function configure(folder, ports) {
  const deploy = join(root, 'deploy', 'prometheus');
  const config = parse(readFileSync(join(deploy, 'prometheus.yml'), 'utf8'));
  const at = (/** @type {number} */ port) => `127.0.0.1:${port}`;
  Object.assign(config.global, { scrape_interval: '1s', evaluation_interval: '1s' });
  config.alerting.alertmanagers[0].static_configs[0].targets = [at(ports.alertmanager)];
  config.scrape_configs[0].static_configs[0].targets = [at(ports.coordinator)];
  config.scrape_configs[1].static_configs[0].targets = ports.workers.map(at);
  writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
  for (const file of ['recording.rules.yaml', 'alerts.rules.yaml']) {
    const text = readFileSync(join(deploy, file), 'utf8');
    writeFileSync(join(folder, file), text.replaceAll(/^( +for:) \w+$/gm, '$1 2s'));
  }
}

/** @param {string} folder @param {string} url */
function configureAlertmanager(folder, url) {
  const route = {
    receiver: 'trial',
    group_by: ['alertname'],
    group_wait: '1s',
    group_interval: '1s',
    repeat_interval: '1h',
  };
  const receivers = [{ name: 'trial', webhook_configs: [{ url, send_resolved: true }] }];
  writeFileSync(join(folder, 'alertmanager.yml'), stringify({ route, receivers }));
}

/** @param {number} port @param {string} expression */
async function query(port, expression) {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, data, error } = await response.json();
  if (status !== 'success') throw new Error(`${expression}: ${error}`);
  return data.result;
}

/** @param {readonly (readonly string[])[]} rows */
function table(rows) {
  const width = (/** @type {number} */ column) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(width(column)))
        .join('  ')
        .trimEnd(),
    );
}

/** Coordinator and workers, wherever they run. @typedef {Pick<Processes, 'run' | 'runDir' | 'stop' | 'goOn' | 'said'>} Cast */

/**
 * Returns the exit code.
 * @param {string} alertmanager @param {import('./containers.mjs').Containers | null} containers null: processes of this machine
 */
export async function tryMonitoring(alertmanager, containers = null) {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-monitoring-'));
  const processes = new Processes(folder);
  /** @type {Cast} */
  const cast = containers ?? processes;
  const hook = await webhook();
  try {
    const [run, coordinator, prometheus, alerts, cluster] = await Promise.all([
      freePort(),
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ]);
    const workers = await Promise.all(WORKERS.map(freePort));
    configure(folder, { coordinator, workers, alertmanager: alerts });
    configureAlertmanager(folder, hook.url);
    const lead = ['coordinator', '--listen', `127.0.0.1:${run}`, '--metrics-listen', `127.0.0.1:${coordinator}`];
    const trained = [
      '--workers',
      '3',
      '--min-workers',
      '1',
      '--run-dir',
      cast.runDir,
      '--engine',
      'wasm',
      '--threads',
      '1',
    ];
    const pace = ['--epochs', String(EPOCHS), '--checkpoint-every', '20', '--eval-every', '1'];
    cast.run('coordinator', [...lead, ...trained, ...pace, '--linger', '20', '--stall-seconds', '3']);
    for (const [index, name] of WORKERS.entries()) {
      const reach = ['--coordinator', `ws://127.0.0.1:${run}`, '--name', name, '--cores', '1'];
      cast.run(name, ['worker', ...reach, '--metrics-listen', `127.0.0.1:${workers[index]}`]);
    }
    processes.start('prometheus', 'prometheus', [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${prometheus}`,
    ]);
    processes.start('alertmanager', alertmanager, [
      `--config.file=${join(folder, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alerts}`,
      `--cluster.listen-address=127.0.0.1:${cluster}`,
    ]);
    const firing = async () => (await query(prometheus, `ALERTS{alertname="${ALERT}",alertstate="firing"}`)).length > 0;
    await until('a checkpoint of the run in Prometheus', async () => {
      const [found] = await query(prometheus, 'gradsocket_checkpoints_total > 0');
      return found ?? null;
    });
    await until('the workers to be complete', async () => ((await firing()) ? null : true));

    const stoppedAt = Date.now();
    console.log(`${STOPPED} is stopped (${cast.stop(STOPPED)})`);
    await until(`${ALERT} at the webhook`, async () => {
      return hook.heard.some(({ name, status, at }) => name === ALERT && status === 'firing' && at > stoppedAt) || null;
    });
    console.log(`${ALERT}: the webhook saw it fire after ${((Date.now() - stoppedAt) / 1000).toFixed(1)} s`);
    const backAt = Date.now();
    console.log(`${STOPPED} is back (${cast.goOn(STOPPED)})`);
    await until(`${ALERT} to resolve at the webhook`, async () => {
      return hook.heard.some(({ name, status, at }) => name === ALERT && status === 'resolved' && at > backAt) || null;
    });
    console.log(
      `${ALERT}: the webhook saw it resolved ${((Date.now() - backAt) / 1000).toFixed(1)} s after it was back`,
    );
    await until('healing to be in Prometheus', async () => {
      const [found] = await query(prometheus, 'gradsocket_workers_healed_total > 0');
      return found ?? null;
    });

    await until('an evaluation to be in Prometheus', async () => {
      const [found] = await query(prometheus, 'gradsocket_validation_accuracy');
      return found ?? null;
    });

    let empty = 0;
    /** @type {string[][]} */
    const rows = [['where', 'name', 'series', 'one of the values', 'expression']];
    for (const { where, name, expression } of [
      ...panels(),
      ...rulesIn('recording.rules.yaml'),
      ...rulesIn('alerts.rules.yaml'),
    ]) {
      const answer = await query(prometheus, expression);
      const excuse = where === 'alert' ? 'quiet' : MAY_BE_EMPTY.get(name);
      if (answer.length === 0 && excuse === undefined) empty++;
      const value = answer[0]?.value[1] ?? excuse ?? 'EMPTY';
      rows.push([where, name, String(answer.length), value, expression.replaceAll(/\s+/g, ' ').trim()]);
    }
    table(rows);
    console.log(empty === 0 ? 'No expression is empty.' : `${empty} expressions are empty.`);
    return empty === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    for (const name of ['coordinator', ...WORKERS]) console.error(`--- ${name}\n${cast.said(name).slice(-1500)}`);
    return 1;
  } finally {
    containers?.end();
    await processes.end();
    hook.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
