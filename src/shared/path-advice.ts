import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { nearestName } from './nearest.ts';

const ADDRESS = /(?:^|\/)[a-z][a-z0-9+.-]+:\/+/i;

const PATTERN = /[*?]/;

/** What a shell or a page left in a path, and what is wrong with it then. A part of a path may be what was written. */
const LEFT: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\/)["'“”‘’`]|["'“”‘’`]$/, 'the quotes became a part of it'],
  [/(?:^|\/)~[\w.-]+(?:\/|$)/, 'of the paths that begin with ~ only ~/ is known here: write it out'],
  [/\$\{?\w+|%\w+%|\{[\w.]+\}/, 'a variable in it was not replaced by its value'],
  [/^\s|\s$/, 'there is a space at its end or beginning'],
];

/**
 * What may be wrong with a path at which there is nothing, in parentheses behind a space, to stand in a sentence; empty: nobody
 * knows. It is as it was written, or made absolute.
 */
export function pathAdvice(path: string): string {
  const advice = ADDRESS.test(path)
    ? 'that is an address: fetch it, and name the file or folder'
    : (leftIn(path) ?? (PATTERN.test(path) ? patternAdvice(path) : null) ?? windowsPath(path) ?? otherPath(path));
  return advice === null ? '' : ` (${advice})`;
}

/**
 * What is wrong with the path of something that is to be made, to go on from a colon; null: nothing. It would be made all the same,
 * under a name that nobody meant. What is there already, somebody did mean.
 */
export function newPathAdvice(path: string): string | null {
  if (existsSync(path)) return null;
  if (ADDRESS.test(path))
    return 'that is an address: name a place on this machine, such as a folder that is mounted here';
  return leftIn(path) ?? windowsPath(path);
}

function leftIn(path: string): string | null {
  return LEFT.find(([written]) => written.test(path))?.[1] ?? null;
}

function patternAdvice(path: string): string {
  return isLikeSome(path)
    ? 'the pattern was not replaced by the names that are like it: write it without quotes, or name the folder'
    : 'no file is like this pattern';
}

/** As a shell would look for it. */
function isLikeSome(path: string): boolean {
  const parts = path.split(sep);
  const at = parts.findIndex((part) => PATTERN.test(part));
  if (at === -1) return existsSync(path);
  const [above, below] = [parts.slice(0, at), parts.slice(at + 1)];
  const like = namesLike(parts[at]!, above.length === 0 ? '.' : above.join(sep) || sep);
  return like.some((name) => below.length === 0 || isLikeSome([...above, name, ...below].join(sep)));
}

function namesLike(pattern: string, folder: string): readonly string[] {
  const text = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  const like = new RegExp(`^${text}$`, 'su');
  return namesIn(folder).filter((name) => like.test(name) && (pattern.startsWith('.') || !name.startsWith('.')));
}

/** Elsewhere than on Windows. */
function windowsPath(path: string): string | null {
  if (process.platform === 'win32') return null;
  const [, drive, rest] = /(?:^|\/)([A-Za-z]):[\\/](.*)$/s.exec(path) ?? [];
  if (drive !== undefined) {
    return `this system knows no drives: in WSL it is /mnt/${drive.toLowerCase()}/${rest!.replaceAll('\\', '/')}`;
  }
  if (!path.includes('\\')) return null;
  return `folders are parted by / here: ${path.replaceAll('\\', '/')}`;
}

/** What is there and is nearly called so. */
function otherPath(path: string): string | null {
  const composed = [path.normalize('NFC'), path.normalize('NFD')].find((other) => other !== path && existsSync(other));
  const unrooted = path.startsWith('/') ? path.replace(/^\/+/, '') : `/${path}`;
  const elsewhere = composed ?? (path !== '/' && unrooted !== '' && existsSync(unrooted) ? unrooted : null);
  if (elsewhere !== null) return `did you mean ${elsewhere}?`;
  const near = nearestName(basename(path), namesIn(dirname(path)));
  return near === null ? null : `did you mean ${join(dirname(path), near)}?`;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
