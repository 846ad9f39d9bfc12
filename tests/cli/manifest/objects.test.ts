import type { IJob } from 'kubernetes-models/batch/v1';
import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../src/cli/manifest/object.ts';
import { objectsOf } from '../../../src/cli/manifest/objects.ts';
import { planOf } from '../../../src/cli/manifest/plan.ts';
import { printObjects } from '../../../src/cli/manifest/print.ts';
import { manifestOptions } from '../../../src/shared/job/manifest-options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { readSettings } from '../../../src/shared/job/settings.ts';

function made(flags: Readonly<Record<string, string | boolean>>): readonly KubernetesObject[] {
  const layers = { flags, environment: {}, config: null };
  return objectsOf(planOf(readSettings(manifestOptions, layers), readSettings(jobSchema, layers), '1.2.3'));
}

const kinds = (objects: readonly KubernetesObject[]): readonly string[] => objects.map(({ kind }) => kind);

function workers(objects: readonly KubernetesObject[]): IJob {
  return objects.find(({ kind, metadata }) => kind === 'Job' && metadata?.name?.endsWith('-workers')) as IJob;
}

it('two runs in one namespace share no name and no label that selects', () => {
  const [one, other] = [made({ name: 'cats' }), made({ name: 'dogs' })];
  const names = [...one, ...other]
    .filter(({ kind }) => kind !== 'Namespace')
    .map(({ kind, metadata }) => `${kind} ${metadata?.name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(workers(one).spec?.template.metadata?.labels).not.toEqual(workers(other).spec?.template.metadata?.labels);
});

it('no secret is printed, only where it is kept', () => {
  const text = printObjects(made({ 'token-secret': 'my-secret' }));
  expect(kinds(made({}))).not.toContain('Secret');
  expect(text).toContain('name: my-secret');
});

it('volumes that are there already are not made, and the dataset is attached read-only', () => {
  const objects = made({ 'data-claim': 'pets', 'runs-claim': 'all-runs' });
  expect(kinds(objects)).not.toContain('PersistentVolumeClaim');
  expect(printObjects(objects)).toMatch(/claimName: pets\n +readOnly: true/);
  expect(printObjects(made({}))).not.toMatch(/claimName: gradsocket-data\n +readOnly/);
});

it('the namespace that everybody has is left as it is', () => {
  expect(kinds(made({}))).toContain('Namespace');
  expect(kinds(made({ namespace: 'default' }))).not.toContain('Namespace');
});

it('one worker has no budget of disruptions, which would keep its node from ever being emptied', () => {
  expect(kinds(made({ workers: '1' }))).not.toContain('PodDisruptionBudget');
});

it('a JobSet has one name for all, and makes the Service of its pods itself', () => {
  const objects = made({ kind: 'jobset' });
  expect(kinds(objects).filter((kind) => kind === 'Job' || kind === 'JobSet')).toEqual(['JobSet']);
  expect(printObjects(objects)).not.toContain('subdomain');
});

it('more workers for a run are one Job, which the Service, the policies and the budget of the run know as its own', () => {
  const [more, ...others] = made({ add: 'spot', spot: true, workers: '3' });
  expect(others).toEqual([]);
  expect(more?.metadata?.name).toBe('gradsocket-spot');
  expect((more as IJob).spec?.template.metadata?.labels).toEqual(workers(made({})).spec?.template.metadata?.labels);
  expect(() => made({ add: 'workers' })).toThrow('--add workers: the run has gradsocket-workers already.');
});

it('what waits in a queue begins suspended', () => {
  expect(workers(made({ queue: 'mine' }))).toMatchObject({
    metadata: { labels: { 'kueue.x-k8s.io/queue-name': 'mine' } },
    spec: { suspend: true },
  });
  expect(workers(made({})).spec).not.toHaveProperty('suspend');
});

it('every reason stands where there is something to explain', () => {
  const all = [made({ spot: true, queue: 'q' }), made({ kind: 'jobset', gpus: '1', queue: 'q' })];
  const text = all.map(printObjects).join('---\n');
  expect(text).toContain('# Done when the coordinator is.\n  successPolicy:');
  expect(text).toContain('# The Job starts a new pod instead: only then are exit codes looked at.\n');
});

it('a worker without an engine ends by itself, a coordinator without one the run; whoever was asked to leave counts for neither', () => {
  const rules = (part: string) => {
    const job = made({}).find(
      ({ kind, metadata }) => kind === 'Job' && metadata?.name === `gradsocket-${part}`,
    ) as IJob;
    return job.spec?.podFailurePolicy?.rules.map(({ action, onExitCodes }) => [action, onExitCodes?.values]);
  };
  expect(rules('workers')).toEqual([
    ['FailJob', [64, 65, 76, 78]],
    ['FailIndex', [69]],
    ['Ignore', undefined],
    ['Ignore', [130, 143]],
  ]);
  expect(rules('coordinator')?.[0]).toEqual(['FailJob', [64, 65, 69, 76, 78]]);
});
