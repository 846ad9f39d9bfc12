// @ts-check
// What was measured, as lines on the terminal, as docs/performance.json, and as the table in docs/performance.md.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from '../prepare.mjs';
import { fail } from '../say.mjs';
import { torchVersion } from './pytorch.mjs';
import { spread } from './spread.mjs';

/** @typedef {import('./rows/row.mjs').Result} Result */
/**
 * @typedef {object} Stored
 * @property {ReturnType<typeof describeMachine>} machine
 * @property {{ id: string, date: string, commit: string, rounds: number, quick: boolean, others?: string, results: readonly Result[] }[]} rows
 */

const DOCS = join(root, 'docs');
const [BEGIN, END] = ['<!-- bench: written by npm run bench -->', '<!-- bench: end -->'];

/** What the processor multiplies bfloat16 with. */
export function bfloat16Instructions() {
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  // The faster ones first: a processor with AMX has the others, too.
  return ['amx_bf16', 'avx512_bf16'].find((name) => new RegExp(`\\b${name}\\b`).test(flags)) ?? 'none';
}

/** @param {string | null} python */
export function describeMachine(python) {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    bfloat16: bfloat16Instructions(),
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    torch: python === null ? null : torchVersion(python),
  };
}

/** @param {number} value */
const short = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** @param {readonly number[]} values */
function told(values) {
  if (values.length === 0) return 'not measured';
  const { median, min, max } = spread(values);
  return values.length === 1 ? short(median) : `${short(median)} (${short(min)}–${short(max)})`;
}

/** The cells of a line of the table. @param {Result} result */
function cells({ what, unit, ours, theirs, against, sense, goal, stretch }) {
  const measured = ours.length > 0 && (against === '' || theirs.length > 0);
  const figure = against === '' ? spread(ours).median : spread(ours).median / spread(theirs).median;
  const holds = sense === 'at least' ? figure >= goal : figure <= goal;
  return {
    what,
    ours: `${told(ours)} ${ours.length === 0 ? '' : unit}`.trim(),
    theirs: against === '' ? '' : `${told(theirs)}: ${against}`,
    ratio: !measured ? '' : against === '' ? `${short(figure)} ${unit}` : figure.toFixed(2),
    goal: `${sense === 'at least' ? '≥' : '≤'} ${goal}${against === '' ? ` ${unit}` : ''}`,
    verdict: !measured ? '' : holds ? 'holds' : stretch ? 'missed, a stretch' : 'missed',
  };
}

/** For the terminal. @param {readonly Result[]} results */
export function rowLines(results) {
  return results.map(cells).map(({ what, ours, theirs, ratio, goal, verdict }) => {
    const compared = theirs === '' ? '' : ` | ${theirs}`;
    return `${what}: ${ours}${compared} | ${ratio} (${goal}) ${verdict}`;
  });
}

/**
 * Puts a row into the files of this processor. Rows with other versions are dropped. Returns the page.
 * @param {ReturnType<typeof describeMachine>} machine
 * @param {{ id: string, results: readonly Result[], others: string, rounds: number, quick: boolean, order: readonly string[] }} row
 */
export function save(machine, { order, ...row }) {
  const name = filesOf(machine);
  const file = join(DOCS, `${name}.json`);
  const stored = readStored(file);
  const same = JSON.stringify(stored?.machine) === JSON.stringify(machine);
  const kept = same && stored !== null ? stored.rows.filter(({ id }) => id !== row.id && order.includes(id)) : [];
  const commit =
    spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? '';
  const rows = [...kept, { ...row, date: new Date().toISOString().slice(0, 10), commit }];
  rows.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
  const whole = { machine, rows };
  writeFileSync(file, `${JSON.stringify(whole, null, 1)}\n`);
  const page = join(DOCS, `${name}.md`);
  const text = existsSync(page) ? readFileSync(page, 'utf8') : newPage(machine);
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (begin === -1 || end < begin) fail(`docs/${name}.md lacks the lines ${BEGIN} and ${END}: put them back.`);
  writeFileSync(page, `${text.slice(0, begin + BEGIN.length)}\n\n${table(whole)}\n${text.slice(end)}`);
  return `docs/${name}.md`;
}

/**
 * The first table is beside what is said of it; those of other processors have files of their own. Hosts of virtual machines give
 * several processors one name: what they multiply with tells them apart.
 * @param {Stored['machine']} machine
 */
function filesOf({ processor, cores, bfloat16 }) {
  const first = readStored(join(DOCS, 'performance.json'))?.machine;
  const isFirst = first?.processor === processor && first.cores === cores && first.bfloat16 === bfloat16;
  if (first === undefined || isFirst) return 'performance';
  const words = `${processor} ${cores} cores${bfloat16 === 'none' ? '' : ` ${bfloat16}`}`.toLowerCase();
  return `performance-${words.replace(/\((?:r|tm)\)/g, '').replace(/[^a-z0-9]+/g, '-')}`;
}

/** @param {string} file @returns {Stored | null} */
function readStored(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null;
}

/** @param {Stored['machine']} machine */
function newPage({ processor, cores }) {
  return `# Performance on ${processor}, ${cores} cores\n\nWhat is compared is explained in [performance.md](performance.md).\n\n${BEGIN}\n${END}\n`;
}

/** @param {Stored} stored */
function table({ machine, rows }) {
  const { processor, cores, memory, bfloat16, system, node, torch } = machine;
  const lines = rows.flatMap(({ results, date, commit, rounds, quick, others = '' }) =>
    results.map(cells).map(({ what, ours, theirs, ratio, goal, verdict }) => {
      const when = `${date} ${commit}, ${rounds} round${rounds === 1 ? '' : 's'}${quick ? ', short' : ''}${others === '' ? '' : `; ${others}`}`;
      return `| ${[what, ours, theirs, ratio, goal, verdict, when].join(' | ')} |`;
    }),
  );
  const versions = `Node ${node}, PyTorch ${torch ?? 'not there'}`;
  return [
    `${processor}, ${cores} cores, ${memory}, bfloat16 instructions: ${bfloat16}; ${system}; ${versions}. One thread a worker.`,
    '',
    '| what | gradsocket | compared with | ratio | goal | | measured |',
    '|---|---|---|---|---|---|---|',
    ...lines,
    '',
  ].join('\n');
}
