// @ts-check
// The page of a run: one script and one style sheet from src/page/ and the packages that it uses, under src/ for the tests and
// beside the built JavaScript. Both are put into one HTML file where it is served.
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const bundle = join('page', 'bundle');

await build({
  entryPoints: [
    { in: join(root, 'src', 'page', 'main.tsx'), out: 'page' },
    { in: join(root, 'src', 'page', 'page.css'), out: 'page' },
  ],
  outdir: join(root, 'src', bundle),
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  banner: { js: '/* gradsocket: Apache-2.0. With Preact (c) Jason Miller, uPlot (c) Leon Sorokin: MIT. */' },
});
const installed = join(root, 'dist', bundle);
mkdirSync(installed, { recursive: true });
for (const name of ['page.js', 'page.css']) copyFileSync(join(root, 'src', bundle, name), join(installed, name));
