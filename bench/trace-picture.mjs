// Draws a step of a trace (`gradsocket launch --trace FILE`) as an SVG: what the threads of each worker do, on one clock.
//
//   node bench/trace-picture.mjs TRACE STEP > step.svg
import { readFileSync } from 'node:fs';

const [file, wanted] = process.argv.slice(2);
const step = Number(wanted);
const { traceEvents: events } = JSON.parse(readFileSync(file, 'utf8'));

const WIDTH = 1180;
const LEFT = 150;
const LANE = 17;
const COLOURS = {
  'forward, backward': '#4c78a8',
  backward: '#72a0cf',
  'wait for samples': '#d9d9d9',
  'wait for the commit': '#d9d9d9',
  evaluation: '#9ecae9',
  'all-reduce': '#f58518',
  optimiser: '#54a24b',
  commit: '#e45756',
  fetch: '#b279a2',
  decode: '#b279a2',
  'augment and fill': '#b279a2',
  'fill for evaluation': '#b279a2',
};

/** Begin and end of what lasts, in microseconds; those that overlap in one thread come as pairs. */
function spansOf(thread) {
  const open = new Map();
  const spans = [];
  for (const { ph, name, ts, dur, cat, id2, args } of thread) {
    const key = `${cat} ${id2?.local}`;
    if (ph === 'X') spans.push({ name, from: ts, to: ts + dur, args });
    if (ph === 'b') open.set(key, { name, from: ts, args });
    if (ph === 'e' && open.has(key)) spans.push({ ...open.get(key), to: ts });
  }
  return spans.filter(({ name }) => name in COLOURS).toSorted((a, b) => a.from - b.from);
}

/** The first lane of those in which what was there before is over. */
function laneOf(lanes, { name, from, to }) {
  const free = lanes.findIndex(({ last, end }) => last === name && end <= from);
  const lane = free === -1 ? lanes.length : free;
  lanes[lane] = { last: name, end: to };
  return lane;
}

const label = (pid, tid, kind) => events.find((e) => e.pid === pid && e.tid === tid && e.name === kind)?.args.name;
const threads = [...new Map(events.map(({ pid, tid }) => [`${pid} ${tid}`, { pid, tid }])).values()].toSorted(
  (a, b) => label(a.pid, a.tid, 'process_name').localeCompare(label(b.pid, b.tid, 'process_name')) || a.tid - b.tid,
);
const committed = (which) => events.filter(({ name, args }) => name === 'commit' && args?.step === which);
const from = Math.max(...committed(step - 1).map(({ ts, dur }) => ts + dur)) - 15_000;
const to = Math.max(...committed(step).map(({ ts, dur }) => ts + dur)) + 45_000;
if (!Number.isFinite(from + to)) throw new Error(`${file} has no whole step ${step} with one before it.`);
const x = (time) => LEFT + ((time - from) / (to - from)) * (WIDTH - LEFT);

const drawn = [];
let y = 24;
for (const { pid, tid } of threads) {
  const visible = spansOf(events.filter((e) => e.pid === pid && e.tid === tid)).filter(
    (s) => s.to > from && s.from < to,
  );
  const name = `${label(pid, tid, 'process_name')}: ${label(pid, tid, 'thread_name')}`;
  drawn.push(`<text x="4" y="${y + 12}">${name}</text>`);
  const lanes = [];
  for (const span of visible) {
    // What an engine does comes one after the other; buckets of an all-reduce overlap.
    const lane = tid === 1 ? 0 : laneOf(lanes, span);
    const [left, right] = [Math.max(x(span.from), LEFT), Math.min(x(span.to), WIDTH)];
    const top = y + lane * LANE;
    drawn.push(
      `<rect x="${left.toFixed(1)}" y="${top}" width="${Math.max(right - left, 0.7).toFixed(1)}" height="${LANE - 2}" fill="${COLOURS[span.name]}" stroke="white" stroke-width="0.5"><title>${span.name} ${JSON.stringify(span.args ?? {})} ${((span.to - span.from) / 1000).toFixed(1)} ms</title></rect>`,
    );
    const words = span.args?.bucket === undefined ? span.name : `${span.args.bucket}`;
    if (right - left > words.length * 6 + 4) drawn.push(`<text x="${left + 3}" y="${top + 11.5}">${words}</text>`);
  }
  y += Math.max(1, lanes.length) * LANE + 7;
}
for (let time = 0; time <= to - from; time += 50_000) {
  const at = x(from + time).toFixed(1);
  drawn.unshift(
    `<line x1="${at}" x2="${at}" y1="18" y2="${y}" stroke="#eee"/>`,
    `<text x="${at}" y="12" text-anchor="middle">${time / 1000} ms</text>`,
  );
}
const shown = ['forward, backward', 'backward', 'wait for the commit', 'all-reduce', 'optimiser', 'commit', 'fetch'];
const legend = {
  'wait for the commit': 'waiting',
  'all-reduce': 'all-reduce of a bucket',
  fetch: 'fetch, decode, augment',
};
let right = LEFT;
for (const name of shown) {
  const words = legend[name] ?? name;
  drawn.push(`<rect x="${right}" y="${y + 6}" width="11" height="11" fill="${COLOURS[name]}"/>`);
  drawn.push(`<text x="${right + 15}" y="${y + 15.5}">${words}</text>`);
  right += words.length * 6.2 + 34;
}
console.log(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 26}" font-family="sans-serif" font-size="11"><rect width="100%" height="100%" fill="white"/>`,
);
console.log(drawn.join('\n'));
console.log('</svg>');
