// @ts-check
// Builds an image from deploy/Dockerfile.
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../prepare.mjs';
import { fail, say } from '../say.mjs';
import { baseContext, baseTag } from './base.mjs';
import { chooseTool, createCaller } from './tool.mjs';

export const DOCKERFILE = join('deploy', 'Dockerfile');

/**
 * The arguments that build one image.
 * @param {import('./options.mjs').Tool} tool
 * @param {{ file: string, context: string, tag: string, target?: string, arguments_: Record<string, string>, labels?: Record<string, string>, epoch: string, ca: string | null, hostNetwork: boolean }} options
 */
export function buildArguments(tool, { file, context, tag, target, arguments_, labels = {}, epoch, ca, hostNetwork }) {
  return [
    'build',
    // Docker knows the time by the argument alone; the others set it on what they make.
    ...(tool === 'docker' ? [] : ['--timestamp', epoch, '--layers']),
    ...(hostNetwork ? ['--network', 'host'] : []),
    ...(ca === null ? [] : ['--secret', `id=ca,src=${ca}`]),
    ...Object.entries({ ...arguments_, SOURCE_DATE_EPOCH: epoch }).flatMap(([name, value]) => [
      '--build-arg',
      `${name}=${value}`,
    ]),
    ...Object.entries(labels).flatMap(([name, value]) => ['--label', `org.opencontainers.image.${name}=${value}`]),
    ...(target === undefined ? [] : ['--target', target]),
    '--file',
    file,
    '--tag',
    tag,
    context,
  ];
}

/** @param {...string} words */
function git(...words) {
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : '';
}

export function packageVersion() {
  return /** @type {string} */ (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
}

/**
 * Builds, or says why not and ends the process.
 * @param {import('./options.mjs').ImageOptions} options
 * @returns {{ tag: string, bytes: number | null }}
 */
export function buildImage({ variant, base, tag, tool: asked, ca, node, hostNetwork, confined }) {
  const name = tag ?? `gradsocket:${packageVersion()}-${variant}`;
  const caller = createCaller(confined);
  try {
    const tool = chooseTool(asked);
    const call = (/** @type {readonly string[]} */ args, /** @type {boolean} */ quiet = false) => {
      const [program, ...rest] = caller.line(tool, args);
      return spawnSync(program, rest, {
        cwd: root,
        env: { ...caller.env, DOCKER_BUILDKIT: '1' },
        stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
        encoding: 'utf8',
      });
    };
    // No time at all, unless somebody wants one: layers of which nothing else changed are then the same in every version.
    const epoch = process.env['SOURCE_DATE_EPOCH'] ?? '0';
    /** @type {Record<string, string>} */
    const arguments_ = {};
    const labels = { version: packageVersion(), revision: git('rev-parse', 'HEAD') };
    if (base === 'mmdebstrap') {
      arguments_['BASE'] = baseTag(node);
      if (call(['inspect', '--type', 'image', baseTag(node)], true).status !== 0) {
        const context = baseContext({ node, epoch });
        try {
          const file = join(context, 'Dockerfile');
          const plain = { file, context, tag: baseTag(node), arguments_: {}, epoch, ca: null, hostNetwork };
          if (call(buildArguments(tool, plain)).status !== 0)
            throw new Error('The base image could not be built: see above.');
        } finally {
          rmSync(context, { recursive: true, force: true });
        }
      }
    } else if (base !== null) {
      arguments_['BASE'] = base;
    }
    say(`Building ${name} with ${tool}`);
    const whole = {
      file: DOCKERFILE,
      context: '.',
      tag: name,
      target: variant,
      arguments_,
      labels,
      epoch,
      ca,
      hostNetwork,
    };
    if (call(buildArguments(tool, whole)).status !== 0) {
      throw new Error(
        'The image could not be built: see above. Where no image registry is reached, --base mmdebstrap builds the base here.',
      );
    }
    const size = call(['inspect', '--type', 'image', '--format', '{{.Size}}', name], true).stdout?.trim() ?? '';
    return { tag: name, bytes: /^\d+$/.test(size) ? Number(size) : null };
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  } finally {
    caller.close();
  }
}
