import type { KubernetesObject } from '../../../src/cli/manifest/object.ts';
import type { JobSet } from '../../../src/cli/manifest/jobset.ts';
import { jobsIn, ofKind } from '../parts.ts';

/** A pod of an Indexed Job has the Job's name and its index for a host name; its own name has five characters more. */
const LONGEST_HOST = 63;

/** What the API server refuses of a Job, and the schemas do not know. */
export function jobRules(objects: readonly KubernetesObject[]): readonly string[] {
  return [
    ...jobsIn(objects).flatMap(({ metadata, spec }) => {
      const name = metadata?.name ?? '';
      const wrong: string[] = [];
      const must = (holds: boolean, sentence: string): void => void (holds || wrong.push(`Job ${name}: ${sentence}`));
      if (spec === undefined) return [`Job ${name}: it has no spec`];
      const { restartPolicy, containers = [] } = spec.template.spec ?? {};
      const { labels = {}, annotations = {} } = spec.template.metadata ?? {};
      const isIndexed = spec.completionMode === 'Indexed';
      must(
        labels['sidecar.istio.io/inject'] === 'false' && annotations['linkerd.io/inject'] === 'disabled',
        'the proxy of a service mesh would keep it from ending',
      );
      must(
        restartPolicy === 'Never' || restartPolicy === 'OnFailure',
        `restartPolicy ${restartPolicy} is none for a Job`,
      );
      must(
        spec.podFailurePolicy === undefined || restartPolicy === 'Never',
        'podFailurePolicy wants restartPolicy Never',
      );
      must(spec.backoffLimitPerIndex === undefined || isIndexed, 'backoffLimitPerIndex wants completionMode Indexed');
      must(!isIndexed || spec.completions !== undefined, 'an Indexed Job wants completions');
      must(
        !isIndexed || (spec.parallelism ?? 1) === spec.completions,
        'parallelism and completions differ: it could not be scaled, and not all of it would run at once',
      );
      must(
        spec.podFailurePolicy === undefined || (spec.podReplacementPolicy ?? 'Failed') === 'Failed',
        'podFailurePolicy wants podReplacementPolicy Failed',
      );
      must(`${name}-${(spec.completions ?? 1) - 1}`.length <= LONGEST_HOST, `the host name ${name}-0 is too long`);
      must(
        spec['selector'] === undefined && spec.manualSelector === undefined,
        "the selector is the controller's to make",
      );
      for (const { action, onExitCodes, onPodConditions } of spec.podFailurePolicy?.rules ?? []) {
        must((onExitCodes === undefined) !== (onPodConditions === undefined), `a rule (${action}) has one requirement`);
        must(action !== 'FailIndex' || spec.backoffLimitPerIndex !== undefined, 'FailIndex wants backoffLimitPerIndex');
        if (onExitCodes === undefined) continue;
        const { values, containerName, operator } = onExitCodes;
        must(new Set(values).size === values.length, `exit codes of ${action} are named twice`);
        must(
          values.every((code) => code <= 255),
          `exit codes of ${action} are at most 255`,
        );
        must(
          values.every((code, index) => code >= (values[index - 1] ?? 0)),
          `exit codes of ${action} stand in rising order`,
        );
        must(operator !== 'In' || !values.includes(0), `0 is no failure (${action})`);
        must(
          containerName === undefined || containers.some((container) => container.name === containerName),
          `podFailurePolicy names a container ${containerName} that is not there`,
        );
      }
      return wrong;
    }),
    ...ofKind(objects, 'JobSet').flatMap(jobSetRules),
  ];
}

/** Why a Job may have failed, as far as a JobSet can ask for it. */
const REASONS = [
  'BackoffLimitExceeded',
  'DeadlineExceeded',
  'FailedIndexes',
  'MaxFailedIndexesExceeded',
  'PodFailurePolicy',
];

/** What JobSet's own webhook refuses, beyond its schema. */
function jobSetRules({ metadata, spec }: JobSet): readonly string[] {
  const names = spec.replicatedJobs.map(({ name }) => name);
  const targets = spec.successPolicy.targetReplicatedJobs;
  const reasons = spec.failurePolicy.rules.flatMap(({ onJobFailureReasons }): readonly string[] => onJobFailureReasons);
  return [
    ...targets
      .filter((target) => !names.includes(target))
      .map((target) => `JobSet ${metadata.name}: successPolicy names a replicated Job ${target} that is not there`),
    ...reasons
      .filter((reason) => !REASONS.includes(reason))
      .map((reason) => `JobSet ${metadata.name}: no Job fails with the reason ${reason}`),
  ];
}
