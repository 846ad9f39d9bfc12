// @ts-check
// npm run test:netns: a run over three hosts (network namespaces on one bridge), of whose cables one goes dead: packets vanish,
// nothing is reset. The run has to come to the weights of an undisturbed one. Takes root and iproute2; leaves nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build, checkNode, installDependencies, root } from './prepare.mjs';

const MAIN = join(root, 'dist', 'cli', 'main.js');
const BRIDGE = 'gsnet-bridge';
const HOSTS = ['gsnet-a', 'gsnet-b', 'gsnet-c'];
const JOB = [
  ...['--engine', 'wasm', '--threads', '1', '--channels', '4', '--dense', '8', '--batch', '120', '--microbatches', '6'],
  ...['--epochs', '100', '--steps', '1000', '--checkpoint-every', '100', '--eval-every', '10'],
];

function skip(/** @type {string} */ why) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}

/** `ip` with these words. @param {string[]} words */
function run(...words) {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
}

function clean() {
  for (const name of [BRIDGE, ...HOSTS]) spawnSync('ip', ['netns', 'delete', name]);
}

function plug() {
  run('netns', 'add', BRIDGE);
  run('-n', BRIDGE, 'link', 'add', 'switch', 'type', 'bridge');
  run('-n', BRIDGE, 'link', 'set', 'switch', 'up');
  for (const [index, host] of HOSTS.entries()) {
    run('netns', 'add', host);
    run('-n', BRIDGE, 'link', 'add', host, 'type', 'veth', 'peer', 'name', 'cable', 'netns', host);
    run('-n', BRIDGE, 'link', 'set', host, 'master', 'switch', 'up');
    run('-n', host, 'link', 'set', 'lo', 'up');
    run('-n', host, 'address', 'add', `10.88.0.${index + 1}/24`, 'dev', 'cable');
    run('-n', host, 'link', 'set', 'cable', 'up');
  }
}

/** Takes a host's port off the switch, or back: what it sends and is sent vanishes, its own end stays up. */
function cable(/** @type {string} */ host, /** @type {boolean} */ there) {
  run('-n', BRIDGE, 'link', 'set', host, ...(there ? ['master', 'switch'] : ['nomaster']));
}

/** @param {string} host @param {readonly string[]} args @param {(line: string) => void} onLine */
function gradsocket(host, args, onLine = () => undefined) {
  const child = spawn('ip', ['netns', 'exec', host, process.execPath, MAIN, ...args], {
    env: { ...process.env, NO_COLOR: '1', GRADSOCKET_TOKEN: 'a-token-for-namespaces' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let rest = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
    said += text;
  });
  const ended = new Promise((/** @type {(code: number | null) => void} */ resolve) => child.on('close', resolve));
  return { child, ended, said: () => said.slice(-3000) };
}

/**
 * @param {string} name @param {number} seconds that the cable of the third host is dead @param {string} folder @param {string} digest
 */
async function broken(name, seconds, folder, digest) {
  const runDir = join(folder, name);
  /** @type {{ type: string, at: number, worker?: string, step?: number }[]} */
  const events = [];
  const args = ['coordinator', '--run-dir', runDir, '--json', '--listen', '10.88.0.1:7070', '--workers', '3'];
  const coordinator = gradsocket('gsnet-a', [...args, ...JOB], (line) => {
    events.push({ ...JSON.parse(line), at: performance.now() / 1000 });
  });
  const until = async (/** @type {(event: (typeof events)[number]) => boolean} */ matches) => {
    for (const end = performance.now() + 120_000; performance.now() < end; await pause(10)) {
      const event = events.find(matches);
      if (event !== undefined) return event;
    }
    throw new Error(`it did not happen: ${coordinator.said()}`);
  };
  await until(({ type }) => type === 'listening');
  const workers = HOSTS.map((host, index) =>
    gradsocket(host, [
      'worker',
      '--coordinator',
      'ws://10.88.0.1:7070',
      '--name',
      `w${index}`,
      '--listen',
      `10.88.0.${index + 1}:7071`,
      '--wait',
      '60',
    ]),
  );
  try {
    await until(({ type, step }) => type === 'step' && step === 100);
    const cut = performance.now() / 1000;
    cable('gsnet-c', false);
    await pause(seconds * 1000);
    cable('gsnet-c', true);
    const code = await coordinator.ended;
    const lost = events.find(({ type, at }) => type === 'workerLost' && at > cut);
    const back = lost && events.find(({ type, at }) => type === 'workerHealed' && at > lost.at);
    const steps = events.filter(({ type, at }) => type === 'step' && at > cut - 0.5).map(({ at }) => at);
    const longest = Math.max(...steps.slice(1).map((at, index) => at - (steps[index] ?? at)));
    const told = [
      lost === undefined ? 'nobody was lost' : `${lost.worker} was lost after ${(lost.at - cut).toFixed(1)} s`,
      back === undefined
        ? 'nobody had to be healed'
        : `${back.worker} was healed after ${(back.at - cut).toFixed(1)} s`,
      `the longest pause was ${longest.toFixed(1)} s`,
    ].join(', ');
    const same = code === 0 && JSON.parse(readFileSync(join(runDir, 'summary.json'), 'utf8')).weightsDigest === digest;
    console.log(
      `${same ? 'ok' : 'FAILED'}  ${name}: ${told}${code === 0 ? '' : `; exit code ${code}: ${coordinator.said()}`}`,
    );
    if (!same) for (const { said } of workers) console.log(said());
    return same;
  } finally {
    for (const { child } of [coordinator, ...workers]) child.kill('SIGKILL');
    for (const host of HOSTS) spawnSync('sh', ['-c', `kill -9 $(ip netns pids ${host}) 2>/dev/null`]);
  }
}

checkNode();
if (process.getuid?.() !== 0) skip('network namespaces take root');
if (spawnSync('ip', ['-V']).error !== undefined) skip('there is no ip here (Debian: iproute2)');
if (spawnSync('ip', ['netns', 'add', 'gsnet-try']).status !== 0) skip('this machine makes no network namespaces');
spawnSync('ip', ['netns', 'delete', 'gsnet-try']);
installDependencies();
build();
const folder = mkdtempSync(join(tmpdir(), 'gradsocket-netns-'));
let sound = true;
try {
  clean();
  plug();
  const alone = gradsocket('gsnet-a', [
    'launch',
    '--workers',
    '1',
    '--quiet',
    '--run-dir',
    join(folder, 'whole'),
    ...JOB,
  ]);
  if ((await alone.ended) !== 0) throw new Error(alone.said());
  const { weightsDigest } = JSON.parse(readFileSync(join(folder, 'whole', 'summary.json'), 'utf8'));
  sound &&= await broken('a cable that is dead for 1 s', 1, folder, weightsDigest);
  sound &&= await broken('a cable that is dead for 20 s', 20, folder, weightsDigest);
} finally {
  clean();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(sound ? 0 : 1);
