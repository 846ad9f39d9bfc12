// @ts-check
// The arrows between the folders of src/ (CONTRIBUTING.md, "The house"): who may import whom, and no cycles of folders.
import { readFileSync, readdirSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

/**
 * Top folders: which others each may import.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const TOP = {
  cli: ['coordinator', 'worker', 'shared'],
  coordinator: ['shared'],
  worker: ['shared'],
  shared: [],
};

/** Folders of src/shared that import no sibling at all; errors.ts is no folder and open to everybody. */
const ALONE = ['protocol', 'job', 'random', 'plan'];

/**
 * Folders of src/shared that must not know others, whatever the way round.
 * @type {Readonly<Record<string, readonly string[]>>}
 */
const NEVER = { checkpoint: ['network', 'program', 'engine'], data: ['engine', 'program', 'network'] };

/** Where a flat vector's tensors lie is no knowledge of networks: the layout says it to everybody. */
const OPEN = 'shared/network/layout.ts';

/** Where tfjs may be imported: it must be one copy, handed out by whoever loads the engine. */
const TFJS = 'shared/engine';

/**
 * @typedef {{ file: string, line: number, target: string }} Import file and target as posix paths; a target that is a
 * package stands as it is written
 */

/**
 * Import and export statements and calls of import(), types too, as written.
 * @param {string} file posix path below src/ @param {string} text @returns {Import[]}
 */
export function importsIn(file, text) {
  const found = [];
  for (const match of text.matchAll(/(?:\bfrom|^import|\bimport\()\s*'([^'\n]+)'/gm)) {
    const written = match[1] ?? '';
    const target = written.startsWith('.') ? posix.normalize(posix.join(posix.dirname(file), written)) : written;
    found.push({ file, line: text.slice(0, match.index).split('\n').length, target });
  }
  return found;
}

/** `shared/job` of `shared/job/schema.ts`; the parts of src/ between which arrows go. */
function folderOf(/** @type {string} */ path) {
  const parts = path.split('/');
  return parts[0] === 'shared' ? parts.slice(0, Math.min(2, parts.length - 1)).join('/') : (parts[0] ?? '');
}

/** What is wrong with one import; null: nothing. @param {Import} found */
export function objectionTo({ file, target }) {
  const from = folderOf(file);
  if (target.startsWith('@tensorflow/')) {
    return from === TFJS ? null : `only src/${TFJS} imports tfjs`;
  }
  const to = folderOf(target);
  const [top = '', other = ''] = [from.split('/')[0], to.split('/')[0]];
  if (TOP[top] === undefined || TOP[other] === undefined) return null;
  if (top !== other) return TOP[top].includes(other) ? null : `src/${top} must not import src/${other}`;
  if (top !== 'shared' || from === to || to === 'shared' || target === OPEN) return null;
  const [name = '', sibling = ''] = [from.split('/')[1], to.split('/')[1]];
  if (ALONE.includes(name)) return `src/${from} imports no sibling`;
  return NEVER[name]?.includes(sibling) ? `src/${from} must not know src/${to}` : null;
}

/** A cycle of folders, as a path that ends where it began; null: there is none. @param {readonly Import[]} imports */
export function folderCycle(imports) {
  /** @type {Map<string, Set<string>>} */
  const arrows = new Map();
  for (const { file, target } of imports) {
    const [from, to] = [folderOf(file), folderOf(target)];
    if (from === to || !target.endsWith('.ts')) continue;
    arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }
  const finished = new Set();
  /** @type {(folder: string, path: readonly string[]) => readonly string[] | null} */
  const visit = (folder, path) => {
    if (path.includes(folder)) return [...path.slice(path.indexOf(folder)), folder];
    if (finished.has(folder)) return null;
    for (const next of arrows.get(folder) ?? []) {
      const cycle = visit(next, [...path, folder]);
      if (cycle !== null) return cycle;
    }
    finished.add(folder);
    return null;
  };
  for (const folder of arrows.keys()) {
    const cycle = visit(folder, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Everything wrong below a src folder, a line each. @param {string} source */
export function wrongImports(source) {
  const imports = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => importsIn(file.split(sep).join('/'), readFileSync(join(source, file), 'utf8')));
  const name = relative(join(source, '..'), source);
  const wrong = imports.flatMap((found) => {
    const objection = objectionTo(found);
    return objection === null ? [] : [`${name}/${found.file}:${found.line}: ${objection} (${found.target})`];
  });
  const cycle = folderCycle(imports);
  if (cycle !== null) {
    const steps = cycle.slice(1).map((to, index) => {
      const example = imports.find(({ file, target }) => folderOf(file) === cycle[index] && folderOf(target) === to);
      return `  ${name}/${example?.file}:${example?.line} imports ${example?.target}`;
    });
    wrong.push([`folders import each other in a circle: ${cycle.join(' -> ')}`, ...steps].join('\n'));
  }
  return wrong;
}
