// @ts-check
// npm run bench: gradsocket and PyTorch side by side on this machine, alternating, row by row. Writes what it finds to
// docs/performance.md and docs/performance.json, or, on another processor than theirs, to files of its own beside them; rows that
// were not asked for stay as they are.
//
//   node scripts/bench.mjs [--quick] [--only ROW[,ROW...]] [--rounds N] [--list]
//
// GRADSOCKET_BENCH_PYTHON names a Python that has PyTorch; without it, one is set up in .gradsocket/.
import { constants } from 'node:os';
import { measure } from './bench/measurements.mjs';
import { findPyTorch } from './bench/pytorch.mjs';
import { bfloat16Instructions, describeMachine, rowLines, save } from './bench/report.mjs';
import { rowsOf, SHORT } from './bench/rows.mjs';
import { optionsOf } from './options.mjs';
import { build, checkNode, installDependencies, setUpTensorFlow } from './prepare.mjs';
import { fail, say } from './say.mjs';

const flags = optionsOf({
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  rounds: { type: 'string' },
  list: { type: 'boolean', default: false },
});
const rounds = Number(flags.rounds ?? (flags.quick ? 1 : 3));
if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds ${flags.rounds}: a whole number of at least 1 is needed.`);

const all = rowsOf({ quick: flags.quick, bfloat16: bfloat16Instructions() !== 'none' });
if (flags.list) {
  for (const { id, title } of all) console.log(`${id.padEnd(16)} ${title}`);
  process.exit();
}
const asked = flags.only?.split(',') ?? (flags.quick ? SHORT : all.map(({ id }) => id));
for (const id of asked) {
  if (!all.some((row) => row.id === id)) fail(`--only ${id}: there are ${all.map((row) => row.id).join(', ')}.`);
}

checkNode();
installDependencies();
build();
setUpTensorFlow();
const python = findPyTorch();
const machine = describeMachine(python);
say(`${machine.processor}, ${machine.cores} cores, ${machine.memory}; PyTorch ${machine.torch ?? 'none'}`);

// What is measured has processes of its own: they end first.
const interruption = new AbortController();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => interruption.abort(128 + constants.signals[signal]));
}

const began = Date.now();
let page = 'docs/performance.md';
for (const row of all.filter(({ id }) => asked.includes(id))) {
  say(`${row.title} (${((Date.now() - began) / 60_000).toFixed(1)} min so far)`);
  const measured = await measure(row.needs, rounds, python, interruption.signal);
  if (interruption.signal.aborted) process.exit(interruption.signal.reason);
  const [results, { others }] = [row.compare(measured), measured];
  for (const line of rowLines(results)) console.log(line);
  if (others !== '') say(others);
  // After each row: what was measured stays, however this ends.
  page = save(machine, { id: row.id, results, others, rounds, quick: flags.quick, order: all.map(({ id }) => id) });
}
say(`${page} is written; ${((Date.now() - began) / 60_000).toFixed(1)} min`);
