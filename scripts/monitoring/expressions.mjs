// @ts-check
// What the dashboard, the rules and the alerts ask Prometheus.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url));

/** Metrics of ours that an expression names, without what a histogram adds to their names. @param {string} expression @returns {string[]} */
export function metricNames(expression) {
  const names = [...expression.matchAll(/(?<![:\w])gradsocket_\w+/g)].map(([name]) => name);
  return [...new Set(names.map((name) => name.replace(/_(bucket|sum|count)$/, '')))];
}

/** @typedef {{ readonly where: string, readonly name: string, readonly expression: string }} Expression */

/** @param {string} file @returns {Expression[]} */
export function rulesIn(file) {
  const { groups } = parse(readFileSync(`${deploy}prometheus/${file}`, 'utf8'));
  return groups.flatMap((/** @type {any} */ group) =>
    group.rules.map((/** @type {any} */ rule) => ({
      where: rule.alert === undefined ? 'rule' : 'alert',
      name: rule.alert ?? rule.record,
      expression: rule.expr,
    })),
  );
}

/** @returns {Expression[]} */
export function panels() {
  const dashboard = JSON.parse(readFileSync(`${deploy}grafana/gradsocket.json`, 'utf8'));
  return dashboard.panels.flatMap((/** @type {any} */ panel) =>
    (panel.targets ?? []).map((/** @type {any} */ target) => ({
      where: 'panel',
      name: panel.title,
      expression: target.expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
    })),
  );
}
