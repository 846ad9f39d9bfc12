// @ts-check
// What a person waits for at every start is mostly the loading of some five hundred modules, one by one. So the program and its
// threads are also put into few files, under dist/start/, and the entry points that lie among the modules lead there.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const src = join(root, 'src');
const start = join(root, 'dist', 'start');

const ENTRIES = { main: 'cli/main', transport: 'worker/transport/thread', data: 'worker/input/thread' };
/** They have machine code or files of data, or are loaded where they are needed. */
const OUTSIDE = [
  '@tensorflow/*',
  'asn1js',
  'bufferutil',
  'msgpackr',
  'node-api-headers',
  'pkijs',
  'sharp',
  'tar',
  'utf-8-validate',
  'yauzl',
];

const sources = {
  name: 'sources',
  /** @param {import('esbuild').PluginBuild} bundler */
  setup(bundler) {
    // What lies beside a module, it finds by its own address: that of the same module in dist/.
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const built = relative(src, path).replaceAll(sep, '/').replace(/\.ts$/, '.js');
      return {
        contents: text.replaceAll('import.meta.url', `new URL('../${built}', import.meta.url).href`),
        loader: 'ts',
      };
    });
    // Its words are files beside it.
    bundler.onLoad({ filter: /yargs[\\/]lib[\\/]platform-shims[\\/]esm\.mjs$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        "new URL('./lib/platform-shims/esm.mjs', import.meta.resolve('yargs')).href",
      ),
    }));
    // Zod's fifty languages, of which it takes English by itself.
    bundler.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path }) => ({ path, namespace: 'nothing' }));
    bundler.onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'export {};' }));
  },
};

const { metafile } = await build({
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: join(src, `${file}.ts`), out })),
  outdir: start,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  metafile: true,
  absWorkingDir: root,
  legalComments: 'none',
  // What was written before there were modules asks for parts of Node by it.
  banner: {
    js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);",
  },
  external: OUTSIDE,
  plugins: [sources],
});
for (const [out, file] of Object.entries(ENTRIES)) {
  const entry = join(root, 'dist', `${file}.js`);
  const first = out === 'main' ? '#!/usr/bin/env node\n' : '';
  const there = relative(dirname(entry), join(start, `${out}.js`)).replaceAll(sep, '/');
  writeFileSync(entry, `${first}import '${there}';\n`);
}
// Licenses want to be kept with copies.
const packages = new Set(
  Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []),
  ),
);
const licenses = [...packages].toSorted().map((folder) => {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no license that could be kept with it`);
  return `${folder.replace(/^.*node_modules\//, '')}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
});
writeFileSync(join(start, 'LICENSES'), licenses.join('\n\n'));
const made = new Set(Object.keys(metafile.outputs).map((file) => basename(file)));
for (const file of readdirSync(start)) if (file.endsWith('.js') && !made.has(file)) rmSync(join(start, file));
