import { readFileSync } from 'node:fs';
import { type Field, fieldsOf } from '../../src/shared/job/fields.ts';
import { jobSchema } from '../../src/shared/job/schema.ts';
import { programName } from '../../src/api/given.ts';
import { SUBJECTS, subjectOf, USUAL } from '../../src/shared/job/subjects.ts';
import { textOf } from '../../src/shared/job/values.ts';

/** src/api/job-settings.ts: the settings of a job as a type, with what an editor shows of each. */
export function jobSettings(): string {
  const fields = ordered();
  return [
    '// Written by `npm run docs` from src/shared/job/schema.ts; a test fails where it is not current.',
    '',
    '/** What is trained, and how: the flags of `gradsocket launch` as properties. Everything has a default. */',
    'export interface JobSettings {',
    ...fields.flatMap((field) => [
      `  /** ${sentence(field)} */`,
      `  readonly ${programName(field)}?: ${typeOf(field)} | undefined;`,
    ]),
    '}',
    '',
  ].join('\n');
}

function ordered(): readonly Field[] {
  const fields = fieldsOf(jobSchema);
  const usual = USUAL.flatMap((key) => fields.find((field) => field.key === key) ?? []);
  const others = fields.filter((field) => !usual.includes(field));
  return [...usual, ...SUBJECTS.flatMap((subject) => others.filter(({ key }) => subjectOf(key) === subject))];
}

function sentence({ description, default: value, nullable, type }: Field): string {
  const words = description
    .replace(/--([a-z][a-z0-9-]*)/g, (_, name: string) => programName({ name }))
    .replaceAll("''", 'null')
    .replaceAll('*/', '* /');
  const usual = value === undefined || (nullable && value === null) ? '' : ` Default: ${textOf(value)}.`;
  const list = type.kind === 'list' ? ' A list.' : '';
  return `${words.replace(/^[a-z](?![a-z]*:)/, (first) => first.toUpperCase()).replace(/\.?$/, '.')}${list}${usual}`;
}

function typeOf({ type, nullable }: Field): string {
  const words = (list: readonly string[]): readonly string[] => list.map((word) => `'${word}'`);
  const types = {
    choice: () => words(type.kind === 'choice' ? type.choices : []),
    text: () => ['string'],
    number: () => ['number', ...words(type.kind === 'number' ? type.words : [])],
    list: () => ['readonly number[]'],
    flag: () =>
      type.kind === 'flag' ? ['boolean', ...words(type.words), ...(type.numbers ? ['number'] : [])] : ['boolean'],
  }[type.kind]();
  return [...types, ...(nullable ? ['null'] : [])].join(' | ');
}

/** docs/api.md: what a program may use, from the types. */
export function apiMarkdown(): string {
  return [
    '# From a program',
    '',
    'Written by `npm run docs` from `src/api/` and `src/browser/`; a test fails where this page is not current.',
    '',
    '    npm install gradsocket',
    '',
    "    import { loadModel, train } from 'gradsocket';",
    '',
    "    const run = train({ data: 'pets', epochs: 10, optimizer: 'adam' }, { workers: 2, runDir: 'runs/pets' });",
    '    for await (const event of run) {',
    "      if (event.type === 'evaluation') console.log(event.epoch, event.accuracy);",
    '    }',
    '    const { status, validationAccuracy } = await run.done;',
    '',
    "    const model = await loadModel('runs/pets');",
    "    const [{ label, probability }] = await model.predict('cat.jpg');",
    '    model.dispose();',
    '',
    'Nothing is printed, no signal is listened to, the process is not ended, and once `done` has settled nothing of the',
    'run keeps it alive. Settings come from the call alone: no environment variable but `GRADSOCKET_CACHE`, no file.',
    '',
    'It is one package of ES modules, which Node’s `require` loads, too. In TypeScript files that become CommonJS (no `"type": "module"`), `"module": "nodenext"`',
    "knows that from TypeScript 5.8 on. With `node16`, `node18`, or older compilers (error TS1479), write `await import('gradsocket')`, or name the file `.mts`.",
    '',
    'It starts processes and threads from files of its own, so it is left out of bundles: `esbuild --external:gradsocket`, `external` of webpack and Rollup,',
    "`serverExternalPackages` of Next.js (Vite's `ssr` leaves it out by itself). In a bundle, importing it throws `BUNDLED`. Jest runs it in files of ES modules",
    "(`NODE_OPTIONS=--experimental-vm-modules`, `import`); Jest's own `require` loads no ES module before Node 24.9. `gradsocket/browser` may be bundled.",
    '',
    'What somebody can do something about is a `GradsocketError` with a stable `code` ([errors.md](errors.md)), the `exitCode` that the command line',
    'would end with, and a sentence.',
    '',
    '## `train(settings, options)`',
    '',
    'Starts what `gradsocket launch` starts: a coordinator in this process and workers, each a process of its own. A wrong setting throws at once;',
    'what turns out later, such as bad data, rejects `done`. `data` and other paths are as seen from the current folder.',
    '',
    ...members('train.ts', 'TrainOptions', 'options'),
    ...members('train.ts', 'TrainingRun', 'returned'),
    'Events are those of `gradsocket launch --json`: `step`, `evaluation`, `checkpoint`, `workerJoined`, `generation`, `warning`, `finished` and others, told apart by',
    '`type`; the type `RunEvent` has all of them with their fields.',
    '',
    '## `loadModel(run, options)`',
    '',
    'Loads the model of a run, by its folder or one of its checkpoints, into this process: the same images give the same classes and probabilities as',
    '`gradsocket predict`.',
    '',
    'In a worker thread, whose environment is a copy that TensorFlow does not see, its engine cannot set what it reads from there: start the process with',
    '`TF_CPP_MIN_LOG_LEVEL=3`, or it prints what it does, and for the same bits with `OMP_NUM_THREADS` and `TF_NUM_INTRAOP_THREADS` at the number of threads and',
    '`TF_ENABLE_ONEDNN_OPTS=1`. `wasm` needs none of that.',
    '',
    ...members('load-model.ts', 'LoadOptions', 'options'),
    ...members('load-model.ts', 'Model', 'returned'),
    ...members('load-model.ts', 'Prediction', 'a prediction'),
    'With them `label` and `probability` of the likeliest class. An image is a path (of a file, or of a folder or archive of images), a `file:` URL, or the bytes of a JPEG, PNG or WebP',
    'file (`Uint8Array`, `ArrayBuffer`, `Blob`).',
    '',
    '## `gradsocket/browser`',
    '',
    'For what `gradsocket export --format tfjs` wrote, in browsers and wherever else TensorFlow.js runs; it imports nothing ([models.md](models.md#using-the-model-elsewhere)).',
    '`loadModel(source, { tf })` takes the address of `model.json`, or `fromFiles(model, weights)` of the contents of `model.json` and `weights.bin`.',
    '',
    ...members('../browser/index.ts', 'Model', 'returned'),
    ...members('../browser/index.ts', 'Prediction', 'a prediction'),
    '## Settings',
    '',
    'The flags of `launch` as properties, all of which may be left out:',
    '',
    '| setting | type | what it is |',
    '|---|---|---|',
    ...ordered().map((field) => row(programName(field), typeOf(field), sentence(field))),
    '',
  ].join('\n');
}

/** The members of an interface of src/api/, with their comments, as a table. */
function members(file: string, name: string, title: string): readonly string[] {
  const text = readFileSync(new URL(`../../src/api/${file}`, import.meta.url), 'utf8');
  const [, body = ''] = new RegExp(`interface ${name}[^{]*\\{\\n(.*?)\\n\\}`, 's').exec(text) ?? [];
  const found = [...body.matchAll(/\/\*\*(.*?)\*\/\s*(?:readonly )?([^;]+);/gs)];
  if (found.length === 0) throw new Error(`no ${name} in ${file}`);
  const rows = found.map(([, comment = '', member = '']) => {
    const [, called = '', type = ''] = /^(\w+)(?:\?)?(?:: )?(.*)$/s.exec(member) ?? [];
    const words = comment.replace(/\s*\n\s*\*\s*/g, ' ').trim();
    if (called === '') throw new Error(`no name in ${member}`);
    return row(called, type.replace(/ \| undefined$/, ''), words);
  });
  return [`| ${title} | type | what it is |`, '|---|---|---|', ...rows, ''];
}

function row(name: string, type: string, words: string): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  return `| \`${name}\` | \`${cell(type)}\` | ${cell(words)} |`;
}
