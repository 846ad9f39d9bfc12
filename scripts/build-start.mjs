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

const ENTRIES = {
  main: 'cli/main',
  worker: 'cli/launched-worker',
  transport: 'worker/transport/thread',
  data: 'worker/input/thread',
};
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

/** Marks what is asked for in passing. */
const REAL = 'real';

const sources = {
  name: 'sources',
  /** @param {import('esbuild').PluginBuild} bundler */
  setup(bundler) {
    // What lies beside a module, it finds by its own address: that of the same module in dist/.
    bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8').replace(/^#!.*/, '');
      const built = relative(src, path).replaceAll(sep, '/').replace(/\.ts$/, '.js');
      return { contents: text.replaceAll('import.meta.url', `${HERE}('../${built}')`), loader: 'ts' };
    });
    // Its words are files beside it; else it only wants to know a file from which it can ask for others.
    bundler.onLoad({ filter: /[\\/]yargs(-parser)?[\\/].*\.m?js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta')) return undefined;
      const beside = path.replace(/^.*[\\/]yargs(-parser)?[\\/]/, './').replaceAll(sep, '/');
      const here = `${HERE}('${beside}', 'yargs/package.json')`;
      const contents = text.replaceAll('import.meta.url', here).replaceAll('import.meta.resolve', `${HERE}.resolve`);
      return { contents, loader: 'js' };
    });
    // How wide emoji are takes a fifth of the start to find out, and of plain letters everybody knows.
    bundler.onResolve({ filter: /^string-width$/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === REAL) return undefined;
      const found = await bundler.resolve(path, { importer, resolveDir, kind, pluginData: REAL });
      return { path: found.path, namespace: 'plain-width' };
    });
    bundler.onLoad({ filter: /./, namespace: 'plain-width' }, ({ path }) => ({
      contents: `export default (text, options) =>
        typeof text === 'string' && /^[ -~]*$/.test(text) ? text.length : require(${JSON.stringify(path)}).default(text, options);`,
      resolveDir: dirname(path),
    }));
    // Zod's fifty languages, of which it takes English by itself.
    bundler.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path }) => ({ path, namespace: 'nothing' }));
    bundler.onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: 'export {};' }));
  },
};

/** The address of what lies beside this file, or beside one of a package. Packages have a `require` of their own. */
const HERE = '__addressOf';
const address = `const ${HERE} = ((require, file) => Object.assign(
  (path, from) => new URL(path, require('node:url').pathToFileURL(from === undefined ? file : require.resolve(from))).href,
  { resolve: (name) => require('node:url').pathToFileURL(require.resolve(name)).href },
))(require, __filename);`;

/** @type {import('esbuild').BuildOptions & { metafile: true }} */
const common = {
  outdir: start,
  bundle: true,
  platform: 'node',
  target: 'node20',
  metafile: true,
  absWorkingDir: root,
  legalComments: 'none',
};
// One file for each, of a form that can be run with what was compiled of it before (src/shared/kept-code.ts). Its name says what
// is in it: what was kept of another one is of no use.
const { metafile } = await build({
  ...common,
  entryPoints: Object.entries(ENTRIES).map(([out, file]) => ({ in: join(src, `${file}.ts`), out })),
  entryNames: '[name]-[hash]',
  outExtension: { '.js': '.cjs' },
  format: 'cjs',
  logOverride: { 'empty-import-meta': 'error' },
  // What is run so has no loader of modules of its own: packages are asked for by `require`.
  supported: { 'dynamic-import': false },
  banner: { js: address },
  external: OUTSIDE,
  plugins: [sources],
});
const starter = await build({
  ...common,
  entryPoints: [{ in: join(src, 'shared', 'kept-code.ts'), out: 'kept-code' }],
  format: 'esm',
});
// They are read byte by byte (kept-code.ts); in regular expressions esbuild leaves other letters as they are.
for (const file of Object.keys(metafile.outputs)) {
  const escaped = (/** @type {string} */ letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  writeFileSync(join(root, file), readFileSync(join(root, file), 'utf8').replace(/[^\0-\x7f]/g, escaped));
}
const outputs = Object.entries(metafile.outputs).map(([file, { entryPoint = '' }]) => ({ file, entryPoint }));
for (const [out, module] of Object.entries(ENTRIES)) {
  const file = outputs.find(({ entryPoint }) => entryPoint === `src/${module}.ts`)?.file;
  if (file === undefined) throw new Error(`nothing was made of ${module}`);
  const entry = join(root, 'dist', `${module}.js`);
  const first = out === 'main' ? '#!/usr/bin/env node\n' : '';
  const to = (/** @type {string} */ path) => relative(dirname(entry), path).replaceAll(sep, '/');
  writeFileSync(
    entry,
    `${first}import { startKept } from '${to(join(start, 'kept-code.js'))}';
startKept(new URL('${to(join(root, file))}', import.meta.url), '${out}');
`,
  );
}
// Licenses want to be kept with copies.
const packages = new Set(
  Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.keys(inputs).flatMap(
      (file) => /^(?!plain-width:)(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [],
    ),
  ),
);
const licenses = [...packages].toSorted().map((folder) => {
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no license that could be kept with it`);
  return `${folder.replace(/^.*node_modules\//, '')}\n\n${readFileSync(join(root, folder, file), 'utf8').trim()}\n`;
});
writeFileSync(join(start, 'LICENSES'), licenses.join('\n\n'));
const made = new Set(
  [...Object.keys(metafile.outputs), ...Object.keys(starter.metafile.outputs)].map((file) => basename(file)),
);
for (const file of readdirSync(start)) if (/\.c?js$/.test(file) && !made.has(file)) rmSync(join(start, file));
