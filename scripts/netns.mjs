// @ts-check
// npm run test:netns: a run over three hosts (network namespaces on one bridge), of whose cables one goes dead, that of a worker or
// that of the coordinator: packets vanish, nothing is reset. Then with a host that is 50 ms away. Each run has to come to the weights of
// an undisturbed one. Takes root and iproute2; leaves nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build, checkNode, installDependencies, root } from './prepare.mjs';

const MAIN = join(root, 'dist', 'cli', 'main.js');
const BRIDGE = 'gsnet-bridge';
const HOSTS = ['gsnet-a', 'gsnet-b', 'gsnet-c'];
/** @param {number} steps */
const jobOf = (steps) => [
  ...['--engine', 'wasm', '--threads', '1', '--channels', '4', '--dense', '8', '--batch', '120', '--microbatches', '6'],
  ...['--epochs', '100', '--steps', String(steps), '--checkpoint-every', '100', '--eval-every', '10'],
];
const STEPS = 1000;
/** Of a run whose steps take as long as its line does. */
const FAR_STEPS = 100;
const FAR_MS = 50;

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
  slowLine?.kill('SIGKILL');
  slowLine = null;
  for (const name of [BRIDGE, ...HOSTS]) spawnSync('ip', ['netns', 'delete', name]);
}

/** @param {string | null} far the host that is so far away */
async function plug(far = null) {
  run('netns', 'add', BRIDGE);
  run('-n', BRIDGE, 'link', 'add', 'switch', 'type', 'bridge');
  run('-n', BRIDGE, 'link', 'set', 'switch', 'up');
  for (const [index, host] of HOSTS.entries()) {
    run('netns', 'add', host);
    if (host === far) await lengthen(host);
    else run('-n', BRIDGE, 'link', 'add', host, 'type', 'veth', 'peer', 'name', 'cable', 'netns', host);
    run('-n', BRIDGE, 'link', 'set', host, 'master', 'switch', 'up');
    run('-n', host, 'link', 'set', 'lo', 'up');
    run('-n', host, 'address', 'add', `10.88.0.${index + 1}/24`, 'dev', 'cable');
    run('-n', host, 'link', 'set', 'cable', 'up');
  }
}

/** @type {import('node:child_process').ChildProcess | null} */
let slowLine = null;

/** A host whose cable is a slow line. @param {string} host */
async function lengthen(host) {
  const script = join(root, 'scripts', 'netns-delay.py');
  const child = spawn('ip', ['netns', 'exec', BRIDGE, 'python3', script, String(FAR_MS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  slowLine = child;
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', () => reject(new Error('the slow line could not be laid')));
  });
  run('-n', BRIDGE, 'link', 'set', 'near', 'name', host);
  run('-n', BRIDGE, 'link', 'set', 'far', 'netns', host);
  run('-n', host, 'link', 'set', 'far', 'name', 'cable');
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
 * A run over the three hosts. `cut`: whose cable is dead, and for how many seconds.
 * @param {string} name @param {{ steps: number, cut: { host: string, seconds: number } | null }} options @param {string} folder
 */
async function over(name, { steps: total, cut }, folder) {
  const runDir = join(folder, name);
  /** @type {{ type: string, at: number, worker?: string, step?: number }[]} */
  const events = [];
  const args = ['coordinator', '--run-dir', runDir, '--json', '--listen', '10.88.0.1:7070', '--workers', '3'];
  const coordinator = gradsocket('gsnet-a', [...args, ...jobOf(total)], (text) => {
    events.push({ ...JSON.parse(text), at: performance.now() / 1000 });
  });
  const until = async (/** @type {(event: (typeof events)[number]) => boolean} */ matches) => {
    for (const end = performance.now() + 600_000; performance.now() < end; await pause(10)) {
      const event = events.find(matches);
      if (event !== undefined) return event;
    }
    throw new Error(`it did not happen: ${coordinator.said()}`);
  };
  await until(({ type }) => type === 'listening');
  const workers = HOSTS.map((host, index) => {
    const listen = ['--listen', `10.88.0.${index + 1}:7071`, '--wait', '60'];
    return gradsocket(host, ['worker', '--coordinator', 'ws://10.88.0.1:7070', '--name', `w${index}`, ...listen]);
  });
  try {
    let told = '';
    let meanwhile = true;
    if (cut === null) {
      const first = await until(({ type }) => type === 'step');
      const code = await coordinator.ended;
      const last = events.findLast(({ type }) => type === 'step');
      const each = ((last?.at ?? Number.NaN) - first.at) / (total - 1);
      const lost = events.filter(({ type }) => type === 'workerLost' || type === 'workerAway').length;
      meanwhile = lost === 0 && code === 0;
      told = `${(1000 * each).toFixed(0)} ms a step, ${lost} workers lost`;
    } else {
      await until(({ type, step }) => type === 'step' && step === 100);
      const begun = performance.now() / 1000;
      cable(cut.host, false);
      await pause(cut.seconds * 1000);
      const mended = performance.now() / 1000;
      cable(cut.host, true);
      await coordinator.ended;
      const lost = events.filter(({ type, at }) => type === 'workerLost' && at > begun);
      const back = events.filter(({ type, at }) => type === 'workerHealed' && at > begun);
      const committed = events.filter(({ type }) => type === 'step').map(({ at }) => at);
      const longest = Math.max(
        ...committed.slice(1).map((at, index) => (at > begun ? at - (committed[index] ?? at) : 0)),
      );
      const after = committed.filter((at) => at > begun + longest && at < mended).length;
      const when = (/** @type {typeof events} */ list) =>
        list.map(({ worker, at }) => `${worker} after ${(at - begun).toFixed(1)} s`).join(' and ') || 'nobody';
      told = `lost: ${when(lost)}; healed: ${when(back)}; the longest pause was ${longest.toFixed(1)} s`;
      // The side with the coordinator does not wait for the others.
      meanwhile = lost.length === 0 || after > 0 || committed.length === total;
    }
    const code = await coordinator.ended;
    const digest = code === 0 ? digestOf(runDir) : null;
    const same = meanwhile && digest !== null && digest === (await undisturbed(total, folder));
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

/** @param {string} runDir @returns {string} */
const digestOf = (runDir) => JSON.parse(readFileSync(join(runDir, 'summary.json'), 'utf8')).weightsDigest;

/** What it comes to. @param {number} total @param {string} folder */
async function undisturbed(total, folder) {
  const runDir = join(folder, `whole-${total}`);
  if (!existsSync(join(runDir, 'summary.json'))) {
    const alone = gradsocket('gsnet-a', ['launch', '--workers', '1', '--quiet', '--run-dir', runDir, ...jobOf(total)]);
    if ((await alone.ended) !== 0) throw new Error(alone.said());
  }
  return digestOf(runDir);
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
  await plug();
  const cuts = [
    { name: "a worker's cable that is dead for 1 s", cut: { host: 'gsnet-c', seconds: 1 } },
    { name: "a worker's cable that is dead for 20 s", cut: { host: 'gsnet-c', seconds: 20 } },
    { name: "the coordinator's cable that is dead for 20 s", cut: { host: 'gsnet-a', seconds: 20 } },
  ];
  for (const { name, cut } of cuts) sound = (await over(name, { steps: STEPS, cut }, folder)) && sound;
  clean();
  if (spawnSync('python3', ['-V']).error !== undefined || !existsSync('/dev/net/tun')) {
    console.log('skipped: a host that is far away takes python3 and /dev/net/tun');
  } else {
    await plug('gsnet-c');
    const name = `a host that is ${FAR_MS} ms away`;
    sound = (await over(name, { steps: FAR_STEPS, cut: null }, folder)) && sound;
  }
} finally {
  clean();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(sound ? 0 : 1);
