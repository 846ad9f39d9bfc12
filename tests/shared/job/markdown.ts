import type { z } from 'zod';
import { type Field, fieldsOf } from '../../../src/shared/job/fields.ts';
import { coordinatorOptions, launchOptions, sweepOptions, workerOptions } from '../../../src/shared/job/options.ts';
import { manifestOptions } from '../../../src/shared/job/manifest-options.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { SUBJECTS, subjectOf, USUAL } from '../../../src/shared/job/subjects.ts';
import { textOf } from '../../../src/shared/job/values.ts';

/** docs/flags.md: every setting, from the schemas. */
export function flagsMarkdown(): string {
  const shared = new Set(fieldsOf(launchOptions).map((field) => field.name));
  const onlyCoordinator = fieldsOf(coordinatorOptions).filter(
    ({ name, default: value }) => !shared.has(name) || value !== defaultOf(launchOptions, name),
  );
  return [
    '# Settings',
    '',
    'Written by `npm run docs` from `src/shared/job/`; a test fails where this page is not current.',
    '',
    'Each setting is a flag (`--batch 128`), a key of the file that `--config` names (`batch: 128`) and an environment',
    'variable (`GRADSOCKET_BATCH=128`). A flag goes before the environment, that before the file, that before the default.',
    'In paths, wherever they are given, `~` is the home folder; a folder that is called so is `./~`. Others begin where the command',
    'runs, also those in a file.',
    '',
    'Names of other programs are understood where they are certain (`--learning-rate`, `--batch_size`, `--imgsz`, `--optimizer AdamW`);',
    'of others gradsocket says what is ours. `gradsocket COMMAND --help` has the same groups.',
    '',
    ...section('The job', '`gradsocket launch` and `gradsocket coordinator`: what is trained, and how.', jobSchema),
    ...section('The run', '`gradsocket launch`, beside the job.', launchOptions),
    '`gradsocket coordinator` takes these too, except `--cores` and `--cache-memory`, with other defaults for:',
    '',
    ...table(onlyCoordinator),
    ...section(
      'The sweep',
      '`gradsocket sweep`, beside the job, whose settings may have several values each: `--lr 0.1,0.01`, a flag given ' +
        'twice where its value may contain commas, a list in the file.',
      sweepOptions,
    ),
    ...section('A worker', '`gradsocket worker`.', workerOptions),
    ...section(
      'Kubernetes',
      '`gradsocket manifest`, beside the job, whose paths are those in the containers. By flag and `--config` alone: the ' +
        'environment says nothing about a cluster.',
      manifestOptions,
    ),
    '## Other environment variables',
    '',
    '| variable | meaning |',
    '|---|---|',
    '| `GRADSOCKET_CACHE` | folder of the TensorFlow engine; default: `gradsocket` in `$XDG_CACHE_HOME` or `~/.cache` |',
    '| `NO_COLOR` | no colours |',
    '',
  ].join('\n');
}

/** The usual ones first, then by subject, as --help has them. */
function section(title: string, lead: string, schema: z.ZodObject): readonly string[] {
  const fields = fieldsOf(schema);
  const usual = USUAL.flatMap((key) => fields.find((field) => field.key === key) ?? []);
  const others = fields.filter((field) => !usual.includes(field));
  const groups: readonly (readonly [string, readonly Field[]])[] = [
    ['The usual ones', usual],
    ...SUBJECTS.map((subject) => [subject, others.filter(({ key }) => subjectOf(key) === subject)] as const),
  ];
  return [
    `## ${title}`,
    '',
    lead,
    '',
    ...groups.flatMap(([name, group]) => (group.length === 0 ? [] : [`### ${name}`, '', ...table(group)])),
  ];
}

function table(fields: readonly Field[]): readonly string[] {
  return ['| setting | default | what it is | expects |', '|---|---|---|---|', ...fields.map(row), ''];
}

function row({ name, default: value, description, expects, type }: Field): string {
  const shown = value === null || value === undefined ? '' : `\`${textOf(value)}\``;
  return `| \`${name}\` | ${shown} | ${description} | ${type.kind === 'flag' ? '' : expects} |`;
}

function defaultOf(schema: z.ZodObject, name: string): unknown {
  return fieldsOf(schema).find((field) => field.name === name)?.default;
}
