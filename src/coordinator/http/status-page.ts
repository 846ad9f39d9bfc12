import { PAGE_HEAD } from './page-head.ts';

/** The page at `/`: one file, nothing from elsewhere, everything it shows comes from /api/run. */
export const STATUS_PAGE = `${PAGE_HEAD}
<style>
  :root { color-scheme: light dark; --line: #2563eb; --dot: #d97706; --edge: color-mix(in srgb, currentColor 20%, transparent); }
  body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0 0 .25rem; }
  #state { font-weight: 600; }
  progress { width: 100%; height: .8rem; }
  dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1rem 0; }
  dt { font-size: .8rem; opacity: .7; }
  dd { margin: 0; font-size: 1.2rem; font-variant-numeric: tabular-nums; }
  svg { width: 100%; height: 14rem; border: 1px solid var(--edge); border-radius: .4rem; }
  #key { font-size: .8rem; margin: .25rem 0 0; }
  #key .line { color: var(--line); } #key .dot { color: var(--dot); }
  table { width: 100%; border-collapse: collapse; margin-top: 1rem; }
  th, td { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid var(--edge); font-variant-numeric: tabular-nums; }
  #gone { color: #b91c1c; }
</style>
<h1>gradsocket</h1>
<p><span id="state">…</span> <span id="what"></span> <span id="gone" role="status"></span></p>
<progress id="progress" value="0" max="1" aria-label="steps"></progress>
<dl id="numbers"></dl>
<svg id="curve" viewBox="0 0 600 200" preserveAspectRatio="none" role="img" aria-label="loss by step"></svg>
<p id="key">loss by step, from 0 to <span id="top">…</span>: <span class="line">training</span>, <span class="dot">validation</span></p>
<table><thead><tr><th>worker<th>state<th>engine<th>device<th>threads<th>microbatches<th>step</tr></thead><tbody id="workers"></tbody></table>
<script>
  const at = (id) => document.getElementById(id);
  const shown = (value, digits) => (value === null || value === undefined ? '–' : value.toFixed(digits));
  const time = (s) => (s === null ? '–' : s >= 3600 ? (s / 3600).toFixed(1) + ' h' : s >= 60 ? (s / 60).toFixed(1) + ' min' : s.toFixed(0) + ' s');
  // Everything is set as text: names of workers come from elsewhere.
  const row = (cells) => {
    const tr = document.createElement('tr');
    for (const cell of cells) tr.insertCell().textContent = cell ?? '–';
    return tr;
  };
  function numbers(run) {
    const last = run.evaluations.at(-1);
    const all = [
      ['step', run.step + ' / ' + run.steps], ['epoch', Math.min(run.epoch + 1, run.epochs) + ' / ' + run.epochs],
      ['loss', shown(run.loss, 4)], ['accuracy', shown(run.accuracy, 4)],
      ['validation loss', shown(last?.loss, 4)], ['validation accuracy', shown(last?.accuracy, 4)],
      ['images/s', shown(run.imagesPerSecond, 0)], ['time left', time(run.secondsLeft)],
    ];
    at('numbers').replaceChildren(...all.map(([name, value]) => {
      const div = document.createElement('div');
      div.append(Object.assign(document.createElement('dt'), { textContent: name }));
      div.append(Object.assign(document.createElement('dd'), { textContent: value }));
      return div;
    }));
  }
  function curve(run) {
    const points = run.curve.filter((point) => Number.isFinite(point.loss));
    const losses = [...points.map((point) => point.loss), ...run.evaluations.map((e) => e.loss)].filter(Number.isFinite);
    const top = Math.max(...losses, 1e-9);
    const x = (step) => (600 * step) / Math.max(run.steps, 1);
    const y = (loss) => 195 - (190 * loss) / top;
    const svg = (name, attributes) => {
      const element = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      return element;
    };
    const line = svg('polyline', {
      points: points.map((p) => x(p.step) + ',' + y(p.loss)).join(' '),
      fill: 'none', stroke: 'var(--line)', 'stroke-width': 1.5, 'vector-effect': 'non-scaling-stroke',
    });
    const dots = run.evaluations.filter((e) => Number.isFinite(e.loss)).map((e) => svg('path', {
      // A line of no length with round ends: a dot that stays round however the picture is stretched.
      d: 'M' + x(e.step) + ' ' + y(e.loss) + 'h0', stroke: 'var(--dot)', 'stroke-width': 7, 'stroke-linecap': 'round',
      'vector-effect': 'non-scaling-stroke',
    }));
    at('top').textContent = top.toPrecision(3);
    at('curve').replaceChildren(line, ...dots);
  }
  async function refresh() {
    try {
      const answer = await fetch('api/run');
      if (!answer.ok) throw new Error((await answer.text()).trim());
      const run = await answer.json();
      at('gone').textContent = '';
      at('state').textContent = run.state;
      if (run.state === 'opening') return;
      at('what').textContent = run.job.model + ' on ' + run.dataset.name + ', ' + run.workers.length + ' of ' + run.wanted + ' workers';
      at('progress').value = run.step / Math.max(run.steps, 1);
      numbers(run);
      curve(run);
      at('workers').replaceChildren(...run.workers.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })).map((w) => row([w.name, w.state, w.engine, w.device, w.threads, w.microbatches, w.step])));
    } catch (error) {
      at('gone').textContent = error instanceof TypeError ? 'the coordinator does not answer' : error.message;
    }
  }
  refresh();
  setInterval(refresh, 1000);
</script>
</html>
`;
