// What the defaults come to on a folder of photographs (files named cat.0.jpg, dog.0.jpg), beside a tutorial's CNN in PyTorch on the same
// splits: the highest loss of the first two epochs, and validation accuracy at the end and at its best. Build first.
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
  return { highestLoss: Math.max(...early), last: accuracies.at(-1), best: Math.max(...accuracies) };
}

function theirs(splits) {
  const command = [join(here, 'pytorch/pets.py'), photos, ...splits.flatMap((split) => ['--split', split]), ...sizes];
  const lines = execFileSync(flags.python, command, { encoding: 'utf8' }).trim().split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const percent = (share) => `${(100 * share).toFixed(1)} %`;

function show(name, results) {
  for (const [i, { highestLoss, last, best }] of results.entries()) {
    console.log(
      `${name}, seed ${i + 1}: highest loss ${highestLoss.toFixed(2)}, last ${percent(last)}, best ${percent(best)}`,
    );
  }
  const [last, best] = ['last', 'best'].map((key) => results.map((result) => result[key]));
  const spread = Math.sqrt(mean(last.map((value) => (value - mean(last)) ** 2)) / Math.max(1, last.length - 1));
  console.log(`${name}: last ${percent(mean(last))} (standard error ${percent(spread)}), best ${percent(mean(best))}`);
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
