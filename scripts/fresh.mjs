// @ts-check
// Whether something that was made is still what its sources say: a stamp beside it holds the hash of what it was made from.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Hash over names and bytes of files, and of all files in folders. Missing ones count as such.
 * @param {string} root
 * @param {readonly string[]} paths relative to root
 * @param {(path: string) => boolean} [wanted]
 */
export function hashOf(root, paths, wanted = () => true) {
  const hash = createHash('sha256');
  const visit = (/** @type {string} */ path) => {
    const status = statSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory()) {
      for (const name of readdirSync(path).sort()) visit(join(path, name));
    } else if (wanted(path)) {
      hash.update(`${relative(root, path)}\0`);
      hash.update(status === undefined ? 'missing' : readFileSync(path));
    }
  };
  for (const path of paths) visit(join(root, path));
  return hash.digest('hex');
}

/** @param {string} stamp @param {string} hash */
export function isFresh(stamp, hash) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === hash;
}

/** @param {string} stamp @param {string} hash */
export function markFresh(stamp, hash) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}
