import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requireRuntime, unfitRuntime } from '../../../src/cli/command/runtime.ts';

it.each([
  [{ node: '18.20.8' }, /needs Node 20\.19 or newer, and this is Node 18\.20\.8\./],
  [{ node: '20.18.1' }, /this is Node 20\.18\.1\./],
  [{ node: '24.3.0', bun: '1.4.5' }, /this is Bun 1\.4\.5\. Start it with node\.$/],
  [{ node: '22.0.0', deno: '2.1.0' }, /this is Deno 2\.1\.0\./],
])('%j is refused in a sentence', (versions, sentence) => {
  expect(unfitRuntime(versions)).toMatch(sentence);
});

it('every Node from the oldest on will do, and that is the one of package.json', () => {
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const oldest = engines.node.replace('>=', '');
  for (const node of [`${oldest}.0`, '20.20.2', '22.1.0', '26.3.0']) expect(unfitRuntime({ node })).toBeNull();
  expect(unfitRuntime({ node: '1.0.0' })).toContain(oldest);
});

it('programs are told by an error of ours', () => {
  expect(() => requireRuntime({ node: '18.20.8' })).toThrow(expect.objectContaining({ code: 'RUNTIME', exitCode: 78 }));
  expect(() => requireRuntime()).not.toThrow();
});
