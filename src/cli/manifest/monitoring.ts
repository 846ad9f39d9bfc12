import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { PACKAGE } from '../command/self.ts';
import { type Component, labelsOf } from './names.ts';
import type { KubernetesObject } from './object.ts';
import type { Plan } from './plan.ts';
import { METRICS } from './pod.ts';

/** What the Prometheus operator (monitoring.coreos.com/v1) scrapes by, the parts that are used here. */
export interface PodMonitor extends KubernetesObject {
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly podMetricsEndpoints: readonly {
      readonly port: string;
      readonly path: string;
      readonly interval: string;
      readonly filterRunning: boolean;
      readonly relabelings: readonly { readonly targetLabel: string; readonly replacement: string }[];
    }[];
  };
}

/** Its rules: those of deploy/prometheus. */
interface PrometheusRule extends KubernetesObject {
  readonly spec: { readonly groups: readonly unknown[] };
}

type Place = Pick<Plan, 'namespace'>;

/** Where they are called after what Prometheus is to know them by: alerts and panels go by these names of jobs. */
const JOBS: Readonly<Record<Component, string>> = {
  coordinator: 'gradsocket-coordinator',
  workers: 'gradsocket-worker',
};

const RULES = ['recording.rules.yaml', 'alerts.rules.yaml'];

/**
 * One of each for all runs of a namespace, whatever they are called: rules for each run would be the same rules several times, and every
 * alert come as often.
 */
export function monitoringObjects(place: Place): readonly KubernetesObject[] {
  return [podMonitor(place, 'coordinator'), podMonitor(place, 'workers'), prometheusRule(place)];
}

function podMonitor({ namespace }: Place, component: Component): PodMonitor {
  // Of every run.
  const { 'app.kubernetes.io/instance': _, ...matchLabels } = labelsOf({ name: '' }, component);
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PodMonitor',
    metadata: { name: `gradsocket-${component}`, namespace, labels: LABELS },
    spec: {
      selector: { matchLabels },
      podMetricsEndpoints: [
        {
          port: METRICS.name,
          path: '/metrics',
          interval: '15s',
          filterRunning: true,
          relabelings: [{ targetLabel: 'job', replacement: JOBS[component] }],
        },
      ],
    },
  };
}

function prometheusRule({ namespace }: Place): PrometheusRule {
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'gradsocket', namespace, labels: LABELS },
    spec: { groups: RULES.flatMap(groupsIn) },
  };
}

const LABELS = { 'app.kubernetes.io/name': 'gradsocket' } as const;

/** They come with the program. */
function groupsIn(file: string): readonly unknown[] {
  const { groups } = parse(readFileSync(join(PACKAGE, 'deploy', 'prometheus', file), 'utf8')) as {
    readonly groups: readonly unknown[];
  };
  return groups;
}
