import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { committedFiles, FOLDERS, MONITORING } from './committed.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const FILES = committedFiles();

it.each([...FILES])('deploy/%s is what the builders say (npm run docs writes it)', async (path, text) => {
  await expect(text).toMatchFileSnapshot(`${DEPLOY}${path}`);
});

it.each([...FOLDERS.map(({ path }) => path), MONITORING])('deploy/%s holds no manifest that nobody wrote', (path) => {
  if (!existsSync(`${DEPLOY}${path}`)) return;
  const there = readdirSync(`${DEPLOY}${path}`).filter((name) => name.endsWith('.yaml'));
  const known = [...FILES.keys()].filter((file) => file.startsWith(`${path}/`));
  expect(there.map((name) => `${path}/${name}`).filter((file) => !known.includes(file))).toEqual([]);
});
