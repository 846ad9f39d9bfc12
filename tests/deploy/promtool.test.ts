import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { hasPromtool, promtool } from '../promtool.ts';

const PROMETHEUS = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));

it.skipIf(!hasPromtool)('promtool: configuration, rules and their tests (skipped without promtool)', () => {
  expect(promtool(['check', 'config', 'prometheus.yml'], { cwd: PROMETHEUS })).toEqual([0, expect.any(String)]);
  expect(promtool(['test', 'rules', 'alerts.test.yaml'], { cwd: PROMETHEUS })).toEqual([0, expect.any(String)]);
});
