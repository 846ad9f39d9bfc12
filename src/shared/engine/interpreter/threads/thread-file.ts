/** Threads are loaded as JavaScript: from beside this file, or, where this is the source, from the build. */
export function threadFile(name: string): URL {
  const built = import.meta.url.endsWith('.ts') ? '../../../../../dist/shared/engine/interpreter/threads/' : './';
  return new URL(`${built}${name}.js`, import.meta.url);
}
