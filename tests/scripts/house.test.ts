import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const foldersIn = (path: string) =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

describe('CONTRIBUTING.md', () => {
  const text = read('CONTRIBUTING.md');

  it.each(foldersIn('src'))('says what each folder of src/%s is for', (floor) => {
    const [about = ''] = (text.split(`\n    src/${floor}/ `)[1] ?? '').split(/\n    (?=[a-z])/);
    expect(about).not.toBe('');
    // What a build leaves there is in no checkout.
    const folders = foldersIn(`src/${floor}`).filter((name) => name !== 'bundle');
    expect(folders.filter((name) => !new RegExp(`(^|\\s)${name}/`, 'm').test(about))).toEqual([]);
  });

  it('names each script', () => {
    const { scripts } = JSON.parse(read('package.json')) as { readonly scripts: Readonly<Record<string, string>> };
    // npm itself calls the last one.
    const names = Object.keys(scripts).filter((name) => name !== 'prepack');
    expect(names.filter((name) => !new RegExp(`\`(npm (run )?)?${name}[ \`]`).test(text))).toEqual([]);
  });
});

describe('tests', () => {
  const files = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.test.ts'),
  );

  it('that are left out say why, in their names or with the word', () => {
    const silent: string[] = [];
    for (const file of files) {
      const text = read(join('tests', file));
      for (const { 0: found, index } of text.matchAll(/\b(it|test|describe)\.(skipIf|runIf|skip|todo)\b|\bskip\(\)/g)) {
        // As far as the function begins.
        const [name = ''] = text.slice(index).split('=>', 1);
        if (!/leftOut\(|IF_WITHOUT|\(skipped/.test(name)) silent.push(`${file}: ${found}`);
      }
    }
    expect(silent).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const paths = [...read('docs/architecture.md').matchAll(/`((?:[\w-]+\/)+(?:[\w-]+\.\w+)?)`/g)].map(
    ([, path = '']) => path,
  );

  it('names only what is there', () => {
    expect(paths.length).toBeGreaterThan(30);
    const bases = ['', 'src', ...foldersIn('src').map((floor) => `src/${floor}`)];
    const isThere = (path: string) => bases.some((base) => existsSync(join(root, base, path)));
    expect(paths.filter((path) => !isThere(path))).toEqual([]);
  });
});
