import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { wantsJson } from '../../../src/cli/command/json-wanted.ts';

it.each([
  ['launch --json', {}, true],
  ['launch --nonsense --json --lr', {}, true],
  ['launch --json=true', {}, true],
  ['launch --json true', {}, true],
  ['launch --json false', { GRADSOCKET_JSON: '1' }, false],
  ['launch --json=no', {}, false],
  ['launch', { GRADSOCKET_JSON: '1' }, true],
  ['launch', { GRADSOCKET_JSON: '' }, false],
  ['launch --config no-such-file', {}, false],
  ['launch --config', {}, false],
])('%j with %j: %j', (line, environment, expected) => {
  expect(wantsJson(line.split(' '), environment)).toBe(expected);
});

it('may be asked for in the file of --config', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'json '));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'job.yaml');
  await writeFile(file, 'json: yes\nbatch: 0\n');
  expect(wantsJson(['launch', '--config', file], {})).toBe(true);
  expect(wantsJson(['launch', `--config=${file}`], { GRADSOCKET_JSON: 'false' })).toBe(false);
});
