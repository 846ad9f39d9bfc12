// @ts-check
// Which program builds and runs images here, and how it is called.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TOOLS } from './options.mjs';

/** What the tool tells of itself only where it can work: docker needs its daemon. @type {Record<import('./options.mjs').Tool, readonly string[]>} */
const TRIAL = { docker: ['info'], podman: ['info'], buildah: ['info'] };

/** @param {import('./options.mjs').Tool} tool */
export function works(tool) {
  return spawnSync(tool, TRIAL[tool], { stdio: 'ignore' }).status === 0;
}

/**
 * The tool that was asked for, or the first that works. Throws an Error that says what to install.
 * @param {import('./options.mjs').Tool | null} asked @param {typeof works} [isThere]
 */
export function chooseTool(asked, isThere = works) {
  const candidates = asked === null ? TOOLS : [asked];
  const tool = candidates.find((name) => isThere(name));
  if (tool !== undefined) return tool;
  throw new Error(
    asked === null
      ? 'There is neither docker (running), nor podman, nor buildah here, and one of them has to build the image. Install one (Debian: apt-get install buildah).'
      : `${asked} is not installed or does not work here: \`${asked} ${TRIAL[asked].join(' ')}\` says why.`,
  );
}

/** buildah has fewer processes itself than it was given, and may hand on no more than that. */
const MOST_PROCESSES = 30_000;

/** The hard limits of this process, which a container of ours may have at most. @param {string} text of /proc/self/limits */
export function ulimitsOf(text) {
  const hard = (/** @type {string} */ name, most = Number.POSITIVE_INFINITY) => {
    const found = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(text)?.[1];
    return found === undefined ? null : Math.min(Number(found), most);
  };
  const limits = /** @type {const} */ ([
    ['nofile', hard('Max open files')],
    ['nproc', hard('Max processes', MOST_PROCESSES)],
  ]);
  return limits.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}:${value}`]));
}

/** @param {readonly string[]} ulimits */
export function confinedConf(ulimits) {
  return `[containers]
default_ulimits=[${ulimits.map((limit) => JSON.stringify(limit)).join(',')}]
[engine]
cgroup_manager="cgroupfs"
`;
}

/**
 * How a tool is called: as it is, or confined (`--confined`).
 * @param {boolean} confined
 */
export function createCaller(confined) {
  const folder = confined ? mkdtempSync(join(tmpdir(), 'gradsocket-image-')) : null;
  let env = process.env;
  if (folder !== null) {
    const conf = join(folder, 'containers.conf');
    writeFileSync(conf, confinedConf(ulimitsOf(readFileSync('/proc/self/limits', 'utf8'))));
    env = { ...process.env, CONTAINERS_CONF: conf };
  }
  const prefix = confined
    ? ['unshare', '--mount', 'sh', '-c', 'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$@"', 'sh']
    : [];
  return {
    env,
    /** The whole command line. @param {string} tool @param {readonly string[]} args @returns {readonly [string, ...string[]]} */
    line: (tool, args) => /** @type {[string, ...string[]]} */ ([...prefix, tool, ...args]),
    close: () => {
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}
