// @ts-check
// Where podman runs: as it is here; in a mount namespace without version 2 of cgroups (`--confined`); or in a Debian root of its own
// with a newer podman (`--podman-root`).
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chooseTool, confinedConf, createCaller, ulimitsOf } from '../image/tool.mjs';
import { say } from '../say.mjs';

/** trixie has podman 5.4. */
const SUITE = 'trixie';
const PACKAGES = 'ca-certificates,podman,crun,netavark,aardvark-dns,nftables,iptables,catatonit';

/**
 * One process holds the namespace, and every podman enters it: what one mounts, the next one has to see. It has done
 * its work once it sleeps.
 */
const HOLD = `set -e
root=$1
if [ -n "$root" ]; then
  mount --bind "$root" "$root"
  mkdir -p "$root/dev" "$root/proc" "$root/sys" "$root/run" "$root/.old"
  mount --rbind /dev "$root/dev"
  mount --rbind /sys "$root/sys"
  mount -t proc proc "$root/proc"
  mount -t tmpfs tmpfs "$root/run"
  umount "$root/sys/fs/cgroup/unified" 2>/dev/null || true
  cat /etc/resolv.conf >"$root/etc/resolv.conf"
  cd "$root"
  pivot_root . .old
  umount -l /.old
else
  umount /sys/fs/cgroup/unified 2>/dev/null || true
fi
exec sleep infinity`;

/**
 * @param {{ podmanRoot: string | null, confined: boolean }} options
 */
export function openNamespace({ podmanRoot, confined }) {
  const folder = podmanRoot === null ? null : resolve(podmanRoot);
  if (folder !== null) makeRoot(folder);
  const scratch = mkdtempSync(join(tmpdir(), 'gradsocket-try-'));
  const held = folder !== null || confined ? hold(folder) : null;
  let conf = '';
  if (confined) {
    conf = folder === null ? join(scratch, 'containers.conf') : '/etc/containers/containers.conf';
    const text = confinedConf(ulimitsOf(readFileSync('/proc/self/limits', 'utf8')));
    if (folder !== null) mkdirSync(join(folder, 'etc', 'containers'), { recursive: true });
    writeFileSync(folder === null ? conf : join(folder, conf), text);
  }
  const prefix = held === null ? [] : ['nsenter', '--target', String(held.pid), '--mount', '--'];
  const env = {
    ...process.env,
    PODMAN_IGNORE_CGROUPSV1_WARNING: '1',
    ...(conf === '' ? {} : { CONTAINERS_CONF: conf }),
  };
  return {
    isElsewhere: folder !== null,
    /** @param {readonly string[]} args @param {{ input?: string }} [given] */
    podman(args, { input } = {}) {
      const [program, ...rest] = /** @type {[string, ...string[]]} */ ([...prefix, 'podman', ...args]);
      return spawnSync(program, rest, { env, encoding: 'utf8', input: input ?? '', maxBuffer: 64 << 20 });
    },
    /** Makes podman here know an image that another tool built. @param {string} image @param {import('../image/options.mjs').Tool | null} tool */
    bring(image, tool) {
      say(`Handing ${image} to podman 5`);
      const archive = join(folder ?? scratch, 'image.tar');
      const from = chooseTool(tool);
      const caller = createCaller(confined && from !== 'docker');
      const words =
        from === 'buildah'
          ? ['push', '--quiet', image, `oci-archive:${archive}:${image}`]
          : ['save', '--output', archive, ...(from === 'podman' ? ['--format', 'oci-archive'] : []), image];
      try {
        const [program, ...rest] = caller.line(from, words);
        const saved = spawnSync(program, rest, { env: caller.env, encoding: 'utf8' });
        if (saved.status !== 0) throw new Error(`${from} cannot hand on ${image}: ${saved.stderr.trim()}`);
        const loaded = this.podman(['load', '--quiet', '--input', folder === null ? archive : '/image.tar']);
        if (loaded.status !== 0) throw new Error(`podman cannot load ${image}: ${loaded.stderr.trim()}`);
      } finally {
        caller.close();
        rmSync(archive, { force: true });
      }
    },
    close() {
      held?.kill('SIGKILL');
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** @typedef {ReturnType<typeof openNamespace>} Namespace */

/** @param {string} folder */
function makeRoot(folder) {
  if (process.getuid?.() !== 0) throw new Error('--podman-root takes root.');
  if (existsSync(join(folder, 'usr', 'bin', 'podman'))) return;
  say(`Making a Debian ${SUITE} with podman 5 in ${folder} (once; some minutes)`);
  mkdirSync(folder, { recursive: true });
  const { error, status, stderr } = spawnSync(
    'mmdebstrap',
    ['--variant=minbase', `--include=${PACKAGES}`, SUITE, folder],
    { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' },
  );
  if (error !== undefined) throw new Error('There is no mmdebstrap here (Debian: apt-get install mmdebstrap).');
  if (status !== 0) throw new Error(`mmdebstrap failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
}

/** @param {string | null} root */
function hold(root) {
  const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', HOLD, 'sh', root ?? ''], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  // It is ready within a moment, and this script has nothing else to do.
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const { stdout } = spawnSync('readlink', [`/proc/${child.pid}/exe`], { encoding: 'utf8' });
    if (stdout.includes('sleep')) {
      // It sleeps for ever: whoever is done must not wait for that.
      child.unref();
      return child;
    }
    if (child.exitCode !== null) break;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
  child.kill('SIGKILL');
  throw new Error('A mount namespace could not be made: it takes root.');
}
