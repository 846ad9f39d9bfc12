import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { checkOwnFiles } from '../../src/api/own-files.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'gradsocket-own-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('is content where its files lie beside it, as in the sources and in an installed package', () => {
  expect(() => checkOwnFiles(new URL('../../dist/api/own-files.js', import.meta.url).href)).not.toThrow();
});

it('refuses to begin from a bundle, which lies in another package, in none, or does not know where', () => {
  const refused = expect.objectContaining({ code: 'BUNDLED', exitCode: 78 }) as Error;
  const out = path.join(folder, 'out', 'server');
  mkdirSync(out, { recursive: true });
  const bundle = pathToFileURL(path.join(out, 'index.mjs')).href;
  expect(() => checkOwnFiles(bundle)).toThrow(refused);
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "app" }');
  expect(() => checkOwnFiles(bundle)).toThrow(refused);
  expect(() => checkOwnFiles(undefined)).toThrow(refused);
});
