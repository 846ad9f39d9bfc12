import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/coordinator/metrics/metrics.ts';
import { metricNames, panels } from '../../scripts/monitoring/expressions.mjs';
import { MetricSet } from '../../src/shared/metrics/metric-set.ts';
import { WorkerMetrics } from '../../src/worker/metrics/worker-metrics.ts';
import { dashboard } from './dashboard.ts';

const DEPLOY = fileURLToPath(new URL('../../deploy/', import.meta.url));
const PROMETHEUS = `${DEPLOY}prometheus/`;

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly annotations?: Readonly<Record<string, string>>;
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

const read = (file: string) => readFileSync(`${PROMETHEUS}${file}`, 'utf8');
const rulesOf = (file: string) => (parse(read(file)) as Rules).groups.flatMap(({ rules }) => rules);

it('every alert has a paragraph in the runbook, a case in which it fires, and one in which it does not', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  const headings = [...runbook.matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading);
  const alerts = rulesOf('alerts.rules.yaml');
  expect(alerts.map(({ alert }) => alert)).toEqual(headings);
  const cases = (parse(read('alerts.test.yaml')) as { readonly tests: readonly { readonly name: string }[] }).tests;
  for (const { alert, annotations } of alerts) {
    expect(annotations?.runbook_url).toBe(`docs/runbook.md#${alert!.toLowerCase()}`);
    const [fires, quiet, ...others] = cases.map(({ name }) => name).filter((name) => name.startsWith(`${alert} `));
    expect(fires).toBe(`${alert} fires`);
    for (const one of [quiet, ...others]) expect(one).toMatch(new RegExp(`^${alert} is quiet: `));
  }
});

it('the dashboard is what its source says (npm run docs writes it)', async () => {
  const text = `${JSON.stringify(dashboard(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot(`${DEPLOY}grafana/gradsocket.json`);
});

it('rules and panels ask for no metric that there is not, and for no record that no rule makes', () => {
  const worker = new MetricSet('');
  void new WorkerMetrics({ name: '', set: worker, gpus: () => Promise.resolve([]), now: Date.now, certificate: null });
  const ours = [...new Metrics({ version: '' }).described, ...worker.described].map(({ name }) => name);
  const records = rulesOf('recording.rules.yaml').map(({ record }) => record);
  const rules = [...rulesOf('recording.rules.yaml'), ...rulesOf('alerts.rules.yaml')].map(({ expr }) => expr);
  for (const expression of [...rules, ...panels().map((panel) => panel.expression)]) {
    for (const name of metricNames(expression)) expect(ours, expression).toContain(name);
    for (const [record] of expression.matchAll(/instance\w*:\w+:\w+/g)) expect(records, expression).toContain(record);
  }
});
