/**
 * The entry point `name` of a thread that lies beside the file `beside` (its `import.meta.url`). Threads are loaded as
 * JavaScript: where that file is a source, from its place in the build.
 */
export function threadEntry(name: string, beside: string): URL {
  // The last src/ of the path is the package's: no folder in there has that name.
  const built = beside.endsWith('.ts') ? beside.replace(/\/src\/(?!.*\/src\/)/, '/dist/') : beside;
  return new URL(`./${name}.js`, built);
}
