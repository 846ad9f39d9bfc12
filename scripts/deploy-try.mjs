// @ts-check
// npm run deploy:try: plays the manifests of deploy/ with podman, the nearest thing to a kubelet that a single machine has. A coordinator
// and three workers train; a worker is killed and comes back, the coordinator is stopped and comes back; the weights have to be those of
// an undisturbed run. `npm run deploy:try -- --help` lists the options. Leaves nothing behind but the image.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { buildImage } from './image/build.mjs';
import { Cluster } from './deploy-try/cluster.mjs';
import { overlayFor, parts, tlsFlags } from './deploy-try/manifests.mjs';
import { tryHelp, tryOptions } from './deploy-try/options.mjs';
import { openNamespace } from './deploy-try/namespace.mjs';
import { build, checkNode, installDependencies, root } from './prepare.mjs';
import { fail, say } from './say.mjs';

const TOKEN = 'a-token-for-this-try-alone';
const EPOCHS = 12;
const PATIENCE_MS = 600_000;

/** @param {string} why @returns {never} */
function skip(why) {
  console.log(`skipped: ${why}`);
  process.exit(0);
}

/** @param {string} engine */
function render(engine, /** @type {string} */ image) {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-overlay-'));
  try {
    for (const [name, text] of Object.entries(overlayFor({ folder, root, engine, image, epochs: EPOCHS }))) {
      writeFileSync(join(folder, name), text);
    }
    const { status, stdout, stderr } = spawnSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`kubectl kustomize refuses the manifests: ${stderr.trim()}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the flags of the manifests make of the same run, and a certificate as docs/kubernetes.md has it made. @param {string} engine @param {string} image */
async function renderWithTls(engine, image) {
  build();
  const args = ['dist/cli/main.js', 'manifest', ...tlsFlags({ engine, image, epochs: EPOCHS })];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`gradsocket manifest refuses its flags: ${stderr.trim()}`);
  const { selfSigned } = await import(join(root, 'dist', 'shared', 'link', 'self-signed.js'));
  const day = 86_400_000;
  const validity = { from: new Date(Date.now() - day), until: new Date(Date.now() + day) };
  return { rendered: stdout, tls: await selfSigned({ names: ['gradsocket'], ...validity }) };
}

/** Asks until the answer is what is waited for. @template T @param {string} what @param {() => T | null | Promise<T | null>} ask */
async function until(what, ask) {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await pause(250)) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new Error(`${what} did not come about within ${PATIENCE_MS / 60_000} minutes.`);
}

/** What a kubelet asks of a probe. @param {string} address @param {{ path: string, port: number }} probe */
async function answers(address, { path, port }) {
  try {
    return (await fetch(`http://${address}:${port}${path}`, { signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    return false;
  }
}

async function main(/** @type {import('./deploy-try/options.mjs').TryOptions} */ options) {
  const namespace = openNamespace({ podmanRoot: options.podmanRoot, confined: options.image.confined });
  /** What is left to remove when this process ends, however it does. @type {(() => void)[]} */
  const remains = [() => namespace.close()];
  process.on('exit', () => {
    if (!options.keep) for (const remove of remains.toReversed()) remove();
  });
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => process.exit(130));
  }
  const version = namespace.podman(['--version']).stdout ?? '';
  if (Number(/version (\d+)/.exec(version)?.[1] ?? 0) < 5) {
    skip(
      `${version.trim() === '' ? 'there is no podman here' : version.trim()}, and only podman 5 plays Jobs. As root, --podman-root FOLDER makes one of Debian's packages.`,
    );
  }
  const engine = options.image.variant === 'cpu' ? 'tensorflow' : 'wasm';
  const image = options.ready ?? buildImage(options.image).tag;
  const tool = options.image.tool;
  if (namespace.isElsewhere || tool === 'docker') namespace.bring(image, tool);
  const { rendered, tls } = options.tls
    ? await renderWithTls(engine, image)
    : { rendered: render(engine, image), tls: null };
  const cluster = new Cluster(namespace, parts(rendered, TOKEN, tls));
  if (cluster.isTaken()) skip('podman has pods of these names already: another run of this, or one that was killed.');
  remains.push(() => cluster.remove());
  say('An undisturbed run');
  await disturbed(cluster, cluster.undisturbed());
}

/** @param {Cluster} cluster @param {string} digest */
async function disturbed(cluster, digest) {
  const { probes } = cluster;
  say(`A coordinator and ${cluster.workers} workers, as deploy/ has them`);
  cluster.playCoordinator();
  await until('An answer of /healthz', async () => {
    if (await answers(cluster.address, probes.startup)) return true;
    cluster.checkCoordinator();
    return null;
  });
  for (let index = 0; index < cluster.workers; index++) cluster.playWorker(index);
  await until('Readiness', async () => ((await answers(cluster.address, probes.readiness)) ? true : null));
  const total = cluster.stepsInAll;
  const reconcile = () => {
    const again = cluster.reconcile();
    if (again !== null && again.length > 0) say(`Started again, as its Job would: ${again.join(', ')}`);
    return again === null;
  };
  const reach = (/** @type {number} */ share) =>
    until(`Step ${Math.round(total * share)}`, () => {
      if (reconcile()) throw new Error('the run was over too early.');
      const step = cluster.step();
      return step >= total * share ? step : null;
    });

  const killedAt = await reach(0.2);
  say(`Step ${killedAt} of ${total}: killing a worker`);
  cluster.killWorker(1);

  const stoppedAt = await reach(0.5);
  say(`Step ${stoppedAt}: stopping the coordinator`);
  const { seconds, code } = cluster.stopCoordinator();
  say(`It left with exit code ${code} after ${seconds.toFixed(1)} s`);
  if (code !== 130) throw new Error(`a coordinator that is stopped leaves with 130, not ${code}.`);

  await until('The end of the run', () => (reconcile() ? true : null));
  const found = cluster.digest();
  console.log(`undisturbed ${digest}\ndisturbed   ${found}`);
  if (found !== digest) throw new Error('the weights are not those of the undisturbed run.');
  console.log('ok');
}

const asked = tryOptions(process.argv.slice(2));
if (asked.kind === 'help') {
  console.log(tryHelp());
} else if (asked.kind === 'wrong') {
  fail(`${asked.why} \`npm run deploy:try -- --help\` lists what there is.`);
} else {
  checkNode();
  installDependencies();
  if (process.platform !== 'linux') skip('podman plays pods on Linux only');
  if (spawnSync('kubectl', ['version', '--client']).status !== 0)
    skip('there is no kubectl here to render the manifests with');
  try {
    await main(asked.options);
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error));
  }
}
