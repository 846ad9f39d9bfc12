// @ts-check
// npm run check: format, lint, types, import arrows. All of them run, so that one look shows everything.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { wrongImports } from './imports.mjs';
import { build, checkNode, installDependencies, root } from './prepare.mjs';

const bin = (/** @type {string} */ name, /** @type {string} */ path) => join(root, 'node_modules', name, path);

const CHECKS = [
  { name: 'format', command: [bin('@biomejs/biome', 'bin/biome'), 'format', '.'] },
  { name: 'lint', command: [bin('oxlint', 'bin/oxlint'), '--type-aware', '--deny-warnings'] },
  // Without the tests too: packages that only they import change types of the language (vitest's give arrays another at()).
  { name: 'types of src', command: [bin('typescript', 'bin/tsc'), '-p', 'tsconfig.build.json', '--noEmit'] },
  { name: 'types', command: [bin('typescript', 'bin/tsc'), '-p', '.', '--noEmit'] },
];

/** Returns the names of what is wrong, having printed it. */
export function check() {
  const wrong = [];
  for (const { name, command } of CHECKS) {
    const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' });
    console.log(`${status === 0 ? '✓' : '✗'} ${name}`);
    if (status === 0) continue;
    console.log(`${stdout}${stderr}`);
    wrong.push(name);
  }
  const imports = wrongImports(join(root, 'src'));
  console.log(`${imports.length === 0 ? '✓' : '✗'} imports`);
  if (imports.length > 0) {
    console.log(imports.join('\n'));
    wrong.push('imports');
  }
  return wrong;
}

if (
  import.meta.url === pathToFileURL(process.argv[1] ?? '').href ||
  process.argv[1] === fileURLToPath(import.meta.url)
) {
  checkNode();
  installDependencies();
  // Scripts are checked by the types of what is built: a fresh clone has none.
  if (!existsSync(join(root, 'dist'))) build();
  process.exit(check().length === 0 ? 0 : 1);
}
