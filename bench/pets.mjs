// What the defaults come to on a folder of photographs (files named cat.0.jpg, dog.0.jpg), beside a tutorial's CNN in PyTorch on the same
// splits: the highest loss of the first two epochs, and validation accuracy at the end, in the mean of the last five epochs, which says more of
// a recipe than one of them does, and at its best. Build first.
//
//   node bench/pets.mjs FOLDER [--seeds 5] [--epochs 20] [--image-size 64] [--python PYTHON] [-- FLAGS OF LAUNCH]
//
// A seed is a split, initial weights and an order of its own. Without --python (an interpreter that has PyTorch) there are ours alone.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const dashes = process.argv.indexOf('--');
const own = process.argv.slice(2, dashes < 0 ? undefined : dashes);
const given = dashes < 0 ? [] : process.argv.slice(dashes + 1);
const { values: flags, positionals } = parseArgs({
  args: own,
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '20' },
    'image-size': { type: 'string', default: '64' },
    python: { type: 'string' },
  },
});
const [photos] = positionals;
if (photos === undefined) throw new Error('Name the folder of the photographs.');
const here = dirname(fileURLToPath(import.meta.url));
const sizes = ['--epochs', flags.epochs, '--image-size', flags['image-size']];

function ours(seed, runDir) {
  const command = [join(here, '../dist/cli/main.js'), 'launch', '--data', photos, '--run-dir', runDir, '--quiet'];
  execFileSync(process.execPath, [...command, ...sizes, '--seed', String(seed), '--keep-checkpoints', '1', ...given]);
  const lines = readFileSync(join(runDir, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const early = lines.filter(({ type, epoch }) => type === 'step' && epoch < 2).map(({ loss }) => loss ?? Infinity);
  const accuracies = lines.filter(({ type }) => type === 'evaluation').map(({ accuracy }) => accuracy);
  return {
    highestLoss: Math.max(...early),
    last: accuracies.at(-1),
    late: mean(accuracies.slice(-5)),
    best: Math.max(...accuracies),
  };
}

function theirs(splits) {
  const command = [join(here, 'pytorch/pets.py'), photos, ...splits.flatMap((split) => ['--split', split]), ...sizes];
  const lines = execFileSync(flags.python, command, { encoding: 'utf8' }).trim().split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share) => `${(100 * share).toFixed(1)} %`;

function spreadOf(values) {
  const error = Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / Math.max(1, values.length - 1));
  return `${percent(mean(values))} (${percent(error)})`;
}

function show(name, results) {
  for (const [i, { highestLoss, last, late, best }] of results.entries()) {
    const end = `last ${percent(last)}, last five ${percent(late)}, best ${percent(best)}`;
    console.log(`${name}, seed ${i + 1}: highest loss ${highestLoss.toFixed(2)}, ${end}`);
  }
  const [last, late, best] = ['last', 'late', 'best'].map((key) => spreadOf(results.map((result) => result[key])));
  console.log(`${name} (standard errors): last ${last}, last five ${late}, best ${best}`);
}

const folder = mkdtempSync(join(tmpdir(), 'pets-'));
try {
  const runs = Array.from({ length: Number(flags.seeds) }, (_, i) => join(folder, String(i + 1)));
  show(
    'gradsocket',
    runs.map((runDir, i) => ours(i + 1, runDir)),
  );
  if (flags.python !== undefined) show('PyTorch', theirs(runs));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
