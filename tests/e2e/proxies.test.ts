import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { fingerprintOf, pinText } from '../../src/shared/link/fingerprint.ts';
import { readSummary, run, start, temporaryFolder, train } from './gradsocket.ts';

const { folder, remove } = temporaryFolder();
afterAll(remove);

const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const pem = (name: string) => fileURLToPath(new URL(`../shared/link/tls/${name}.pem`, import.meta.url));
const PIN = pinText(fingerprintOf(readFileSync(pem('cert'), 'utf8')));
/** In the place of the 60 s of the page: more than the 5 s in which every connection says something. */
const TIMEOUT_S = 6;
const JOB = '--engine wasm --channels 4,8 --dense 128 --microbatches 3 --epochs 1'.split(' ');
const TOKEN = { GRADSOCKET_TOKEN: 'a-secret-of-this-run' };

interface Ports {
  readonly front: number;
  readonly coordinator: number;
}

/** As the page has it, but for ports, files and the time-out. */
function snippet(language: string, replaced: Readonly<Record<string, string>>): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
  return Object.entries({ ...replaced, '60s': `${TIMEOUT_S}s` }).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replaceAll(from, to);
  }, found);
}

function nginx({ front, coordinator }: Ports, dir: string): readonly string[] {
  const server = snippet('nginx', {
    'listen 443': `listen 127.0.0.1:${front}`,
    '/etc/ssl/train.example.crt': `"${pem('cert')}"`,
    '/etc/ssl/train.example.key': `"${pem('key')}"`,
    '127.0.0.1:7070': `127.0.0.1:${coordinator}`,
  });
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path "${path.join(dir, name)}";`,
  );
  const file = path.join(dir, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid "${path.join(dir, 'pid')}"; error_log stderr; events {}
     http { access_log /dev/stdout; ${folders.join(' ')}\n${server}}\n`,
  );
  return ['nginx', '-e', 'stderr', '-p', dir, '-c', file];
}

function haproxy({ front, coordinator }: Ports, dir: string): readonly string[] {
  const both = path.join(dir, 'train.pem');
  writeFileSync(both, readFileSync(pem('cert'), 'utf8') + readFileSync(pem('key'), 'utf8'));
  const rest = snippet('haproxy', {
    ':443': `127.0.0.1:${front}`,
    '/etc/haproxy/train.example.pem': `"${both}"`,
    '127.0.0.1:7070': `127.0.0.1:${coordinator}`,
  });
  const file = path.join(dir, 'haproxy.cfg');
  writeFileSync(file, `global\n    log stdout format raw daemon\n\n${rest}`);
  return ['haproxy', '-db', '-f', file];
}

const PROXIES = [
  { name: 'nginx', away: 502, configure: nginx },
  { name: 'haproxy', away: 503, configure: haproxy },
].map((proxy) => ({ ...proxy, isThere: spawnSync(proxy.name, ['-v']).status === 0 }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The status of the answer; null: nobody answers. */
function ask(url: string): Promise<{ readonly status: number | null; readonly body: string }> {
  return new Promise((resolve) => {
    get(url, { rejectUnauthorized: false }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? null, body }));
    }).on('error', () => resolve({ status: null, body: '' }));
  });
}

/** A proxy, and the file that holds what it says. */
interface Proxy {
  readonly logFile: string;
  readonly hasEnded: () => boolean;
}

function startProxy([command = '', ...args]: readonly string[], logFile: string): Proxy {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { logFile, hasEnded: () => child.exitCode !== null };
}

/** Other programs do not say when they are ready, or have said something: they are asked until they have. */
async function until({ logFile, hasEnded }: Proxy, holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) {
    if (hasEnded()) throw new Error(`the proxy ended: ${readFileSync(logFile, 'utf8')}`);
    await delay(50);
  }
}

describe.concurrent('by way of', () => {
  for (const { name, away, isThere, configure } of PROXIES) {
    it.skipIf(!isThere)(
      `${name}, configured as operations.md says, workers wait for a coordinator and outlast its time-outs (skipped where there is no ${name})`,
      { timeout: 240_000 },
      async () => {
        const ports = { front: await freePort(), coordinator: await freePort() };
        const dir = path.join(folder, name);
        mkdirSync(dir);
        const proxy = startProxy(configure(ports, dir), path.join(dir, 'proxy.log'));
        const front = `https://127.0.0.1:${ports.front}/run7`;
        await until(proxy, async () => (await ask(`${front}/healthz`)).status === away);

        const flags = ['worker', '--coordinator', front.replace('https', 'wss'), '--tls-pin', PIN, '--threads', '1'];
        const first = run([...flags, '--name', 'a'], TOKEN);
        const refused = new RegExp(` ${away} .*/v1/control|/v1/control.* ${away} `);
        await until(proxy, () => refused.test(readFileSync(proxy.logFile, 'utf8')));
        const runDir = path.join(dir, 'run');
        const listen = ['--listen', `127.0.0.1:${ports.coordinator}`, '--topology', 'star', '--workers', '2'];
        const coordinator = start(['coordinator', '--run-dir', runDir, '--json', ...listen, ...JOB], TOKEN);
        await coordinator.line((line) => line.includes('"workerJoined"'));
        expect(await ask(`${front}/readyz`)).toEqual({ status: 200, body: 'ready\n' });
        expect(await ask(`${front}/`)).toMatchObject({
          status: 401,
          body: expect.stringContaining('action="login"') as string,
        });
        // There is nothing to do for longer than the proxy has patience with those who say nothing.
        await delay(TIMEOUT_S * 1000 + 2000);
        const workers = await Promise.all([first, run([...flags, '--name', 'b'], TOKEN)]);
        const { code, stdout } = await coordinator.finished;
        expect([code, ...workers.map((worker) => worker.code)]).toEqual([0, 0, 0]);
        expect(stdout).not.toMatch(/"worker(Away|Lost)"/);
        const alone = await train(path.join(dir, 'alone'), [...JOB, '--workers', '1', '--threads', '1']);
        expect(readSummary(runDir).weightsDigest).toBe(alone.weightsDigest);
      },
    );
  }
});
