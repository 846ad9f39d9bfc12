// @ts-check
// The arrows between the folders of src/ (CONTRIBUTING.md, "The house"): who may import whom, and no circles, neither of
// folders at their real depth nor of files.
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

/**
 * Top folders, the floors of the house: which others each may import.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const TOP = {
  // For programs; of the command line what trains and classifies, and nothing that prints.
  api: ['cli', 'coordinator', 'data', 'shared'],
  cli: ['browser', 'coordinator', 'worker', 'engine', 'collective', 'data', 'shared'],
  // For programs in browsers, which have nothing but what it brings: of data what resizes pixels.
  browser: ['data', 'shared'],
  // What a browser runs; of the coordinator it knows what it is told, and no module of Node.
  page: ['coordinator', 'shared'],
  coordinator: ['collective', 'data', 'shared'],
  worker: ['engine', 'collective', 'data', 'shared'],
  engine: ['collective', 'shared'],
  collective: ['shared'],
  data: ['shared'],
  shared: [],
};

/** Folders of src/shared that import no sibling at all; a file of src/shared itself is open to everybody. */
const ALONE = ['protocol', 'job', 'random', 'plan'];

/**
 * Folders that must not know others, whatever the way round.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const NEVER = { 'shared/checkpoint': ['shared/network'], data: ['shared/network'] };

/** Where a flat vector's tensors lie is no knowledge of networks: the layout says it to everybody. */
const OPEN = 'shared/network/layout.ts';

/** Where tfjs may be imported: it must be one copy, handed out by whoever loads the engine. */
const TFJS = 'engine';

/** Folders whose imports of another are of types alone: at run time they know nothing of it. */
const TYPES_ALONE = [['page', 'coordinator']];

/** What runs in browsers, where there is no module of Node. */
const IN_BROWSERS = ['page', 'browser'];

/**
 * @typedef {{ file: string, line: number, target: string, types: boolean }} Import file and target as posix paths; a target
 * that is a package stands as it is written; types: of types alone, so that nothing is left of it at run time
 */

const STATEMENT =
  /^(?:import|export)\b(?<types>\s+type\b)?[^'";]*?\bfrom\s*'(?<from>[^'\n]+)'|(?:^import\s*|\bimport\(\s*)'(?<bare>[^'\n]+)'/gm;

/**
 * Import and export statements and calls of import(), types too, as written.
 * @param {string} file posix path below src/ @param {string} text @returns {Import[]}
 */
export function importsIn(file, text) {
  return [...text.matchAll(STATEMENT)].map(({ 0: all, index, groups: { types, from, bare } = {} }) => {
    const written = from ?? bare ?? '';
    const target = written.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), written)) : written;
    const line = text.slice(0, index + all.length).split('\n').length;
    return { file, line, target, types: types !== undefined };
  });
}

/** Whether `path` is a folder or lies in it. @param {string} path @param {string} folder */
function isWithin(path, folder) {
  return path === folder || path.startsWith(`${folder}/`);
}

/** What is wrong with one import; null: nothing. @param {Import} found */
export function objectionTo({ file, target, types }) {
  const [top = '', name = ''] = file.split('/');
  if (target.startsWith('@tensorflow/')) return top === TFJS ? null : `only src/${TFJS} imports tfjs`;
  const [other = '', sibling = ''] = target.split('/');
  // A file of src/ itself, or a package.
  if (!target.includes('/') || !/\.tsx?$/.test(target)) return null;
  const below = TOP[top];
  if (below === undefined || TOP[other] === undefined) {
    return `no floor of the house is said for src/${below === undefined ? top : other}`;
  }
  if (top !== other && !below.includes(other)) return `src/${top} must not import src/${other}`;
  if (!types && TYPES_ALONE.some(([from, to]) => from === top && to === other)) {
    return `src/${top} must import nothing but types of src/${other}`;
  }
  if (target === OPEN) return null;
  for (const [folder, unknown] of Object.entries(NEVER)) {
    const known = isWithin(file, folder) ? unknown.find((each) => isWithin(target, each)) : undefined;
    if (known !== undefined) return `src/${folder} must not know src/${known}`;
  }
  const isSibling = top === 'shared' && other === 'shared' && name !== sibling && !sibling.endsWith('.ts');
  return isSibling && ALONE.includes(name) ? `src/shared/${name} imports no sibling` : null;
}

/**
 * A circle of arrows, as a path that ends where it began; null: there is none.
 * @param {readonly Import[]} imports
 * @param {(path: string) => string} nodeOf the node that a file is part of: itself, or its folder
 */
export function circle(imports, nodeOf) {
  /** @type {Map<string, Set<string>>} */
  const arrows = new Map();
  for (const { file, target } of imports) {
    const [from, to] = [nodeOf(file), nodeOf(target)];
    if (from === to || !/\.tsx?$/.test(target)) continue;
    arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }
  const finished = new Set();
  /** @type {(node: string, path: readonly string[]) => readonly string[] | null} */
  const visit = (node, path) => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (finished.has(node)) return null;
    for (const next of arrows.get(node) ?? []) {
      const found = visit(next, [...path, node]);
      if (found !== null) return found;
    }
    finished.add(node);
    return null;
  };
  for (const node of arrows.keys()) {
    const found = visit(node, []);
    if (found !== null) return found;
  }
  return null;
}

/**
 * A way on which a file comes to a module of Node when it runs, as a path that ends there; null: there is none.
 * @param {readonly Import[]} imports @param {string} file
 */
export function wayToNode(imports, file) {
  const seen = new Set();
  /** @type {(path: readonly string[]) => readonly string[] | null} */
  const visit = (path) => {
    const here = path.at(-1) ?? '';
    if (here.startsWith('node:')) return path;
    if (seen.has(here)) return null;
    seen.add(here);
    for (const { file: from, target, types } of imports) {
      const found = from === here && !types ? visit([...path, target]) : null;
      if (found !== null) return found;
    }
    return null;
  };
  return visit([file]);
}

/** The folder that a file lies in, at its real depth. @param {string} path */
export const folderOf = (path) => posix.dirname(path);

/** Everything wrong below a src folder, a line each. @param {string} source */
export function wrongImports(source) {
  const imports = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .flatMap((file) => importsIn(file.split(sep).join('/'), readFileSync(join(source, file), 'utf8')));
  const name = relative(join(source, '..'), source);
  const wrong = imports.flatMap((found) => {
    const objection = objectionTo(found);
    return objection === null ? [] : [`${name}/${found.file}:${found.line}: ${objection} (${found.target})`];
  });
  for (const file of new Set(imports.map((found) => found.file))) {
    const way = IN_BROWSERS.includes(file.split('/')[0] ?? '') ? wayToNode(imports, file) : null;
    if (way !== null) wrong.push(`${name}/${file} runs in browsers and needs ${way.at(-1)}: ${way.join(' -> ')}`);
  }
  const kinds = /** @type {const} */ ([
    ['folders', folderOf],
    ['files', (/** @type {string} */ path) => path],
  ]);
  for (const [what, nodeOf] of kinds) {
    const found = circle(imports, nodeOf);
    if (found === null) continue;
    const steps = found.slice(1).map((to, index) => {
      const example = imports.find(({ file, target }) => nodeOf(file) === found[index] && nodeOf(target) === to);
      return `  ${name}/${example?.file}:${example?.line} imports ${example?.target}`;
    });
    wrong.push([`${what} import each other in a circle: ${found.join(' -> ')}`, ...steps].join('\n'));
  }
  return wrong;
}
