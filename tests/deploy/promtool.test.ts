import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROMETHEUS = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));
const isThere = spawnSync('promtool', ['--version']).status === 0;

it.skipIf(!isThere)('promtool: configuration, rules and their tests (skipped without promtool)', () => {
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: PROMETHEUS, encoding: 'utf8' });
    return [status, status === 0 ? '' : `${stdout}${stderr}`];
  };
  expect(run('check', 'config', 'prometheus.yml')).toEqual([0, '']);
  expect(run('test', 'rules', 'alerts.test.yaml')).toEqual([0, '']);
});
