import type { KubernetesObject } from '../../../src/cli/manifest/object.ts';
import { checkJob } from '../../../src/shared/job/checks.ts';
import { jobFromYaml } from '../../../src/shared/job/document.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { coordinatorOptions, workerOptions } from '../../../src/shared/job/options.ts';
import { readSettings } from '../../../src/shared/job/settings.ts';
import { containersIn, ofKind } from '../parts.ts';

const SCHEMAS = { coordinator: coordinatorOptions, worker: workerOptions } as const;

/** What the program itself would say to the command lines and the job in the manifests. */
export function programRules(objects: readonly KubernetesObject[]): readonly string[] {
  const wrong: string[] = [];
  let workers = 0;
  for (const { where, container } of containersIn(objects)) {
    const [command, ...words] = container.args ?? [];
    if (command !== 'coordinator' && command !== 'worker') continue;
    const schema = SCHEMAS[command];
    const known = [...fieldsOf(schema).map(({ name }) => name), 'config'];
    const given = words.map((word) => flagOf(word));
    const flags = Object.fromEntries(given);
    wrong.push(
      ...Object.keys(flags)
        .filter((name) => !known.includes(name))
        .map((name) => `${where}: there is no --${name}`),
    );
    wrong.push(...twice(given.map(([name]) => name)).map((name) => `${where}: --${name} is given twice`));
    try {
      const { values } = readSettings(schema, { flags, environment: {}, config: null });
      if ('workers' in values) workers = values.workers;
    } catch (error) {
      wrong.push(`${where}: ${String(error)}`);
    }
  }
  for (const { metadata, data = {} } of ofKind(objects, 'ConfigMap')) {
    try {
      checkJob(jobFromYaml(data['job.yaml'] ?? '', 'job.yaml'), workers, new Map());
    } catch (error) {
      wrong.push(`ConfigMap ${metadata?.name}: ${String(error)}`);
    }
  }
  return wrong;
}

function twice(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** `--wait=600`, with what a pod puts in. */
function flagOf(word: string): readonly [string, string | boolean] {
  const [, name = word, value] = /^--([\w-]+)(?:=(.*))?$/.exec(word.replace(/\$\(\w+\)/g, '10.0.0.1')) ?? [];
  return [name, value ?? true];
}
