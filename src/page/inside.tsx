import { useEffect, useState } from 'preact/hooks';
import type { RunView } from '../coordinator/view/view.ts';
import type { Inspection, Spread } from '../shared/protocol/inspection.ts';
import { type Heat, heatOf, heatSummary, heightOf, type Measure, MEASURE_NAMES, MEASURES, withLooks } from './heat.ts';
import { figure, percent } from './text.ts';

const AGAIN_MS = 5_000;
const ROW = 18;
const NAMES = 150;
const WIDTH = 1_000;

/** What `--inspect` saw inside the network. Asked for while it is looked at, and no more. */
export function Inside({ view, live }: { readonly view: RunView; readonly live: boolean }) {
  const wanted = view.run.job.inspect !== false;
  const [looks, setLooks] = useState<readonly Inspection[]>([]);
  const [measure, setMeasure] = useState<Measure>('gradient');
  useEffect(() => {
    if (!wanted) return;
    // Anew where the coordinator was away: a run that was resumed looks again into steps that it does again.
    let held: readonly Inspection[] = [];
    const ask = async (): Promise<void> => {
      const answer = await fetch(`api/inspect?after=${held.at(-1)?.step ?? 0}`).catch(() => null);
      if (answer?.ok !== true) return;
      const { inspections } = (await answer.json()) as { readonly inspections: readonly Inspection[] };
      held = withLooks(held, inspections);
      setLooks(held);
    };
    void ask();
    if (!live) return;
    const timer = setInterval(() => void ask(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [wanted, live]);
  if (!wanted) return null;
  const heat = heatOf(looks, measure);
  const newest = looks.at(-1);
  return (
    <section aria-labelledby="inside">
      <h2 id="inside">Inside the network</h2>
      <p class="tools">
        <label>
          by depth and step:{' '}
          <select value={measure} onChange={(event) => setMeasure(event.currentTarget.value as Measure)}>
            {MEASURES.map((one) => (
              <option key={one} value={one}>
                {MEASURE_NAMES[one]}
              </option>
            ))}
          </select>
        </label>
      </p>
      {heat === null ? (
        <p class="note">Nothing of that kind was seen yet.</p>
      ) : (
        <HeatMap heat={heat} measure={measure} />
      )}
      {newest === undefined ? null : <Newest look={newest} />}
    </section>
  );
}

function HeatMap({ heat, measure }: { readonly heat: Heat; readonly measure: Measure }) {
  const { steps, rows, low, high, log } = heat;
  const wide = (WIDTH - NAMES) / steps.length;
  const summary = heatSummary(heat, measure);
  const end = (value: number): string => (log ? figure(10 ** value) : percent(value));
  return (
    <figure class="card">
      <div class="scroll" tabIndex={0} role="region" aria-label={`${MEASURE_NAMES[measure]}, picture`}>
        <svg
          viewBox={`0 0 ${WIDTH} ${rows.length * ROW + 22}`}
          role="img"
          aria-label={`${MEASURE_NAMES[measure]} by depth and step`}
          class="heat"
        >
          {rows.toReversed().map(({ name, values }, y) => (
            <g key={name}>
              <text x={NAMES - 8} y={y * ROW + 13} class="end">
                {name}
              </text>
              {values.map((value, x) => (
                <rect
                  key={steps[x]}
                  x={NAMES + x * wide}
                  y={y * ROW}
                  width={wide + 0.5}
                  height={ROW - 1}
                  fill={colorOf(heightOf(value, heat))}
                >
                  <title>{`${name}, step ${steps[x]}: ${log ? figure(value) : percent(value)}`}</title>
                </rect>
              ))}
            </g>
          ))}
          <text x={NAMES} y={rows.length * ROW + 16}>
            step {steps[0]}
          </text>
          <text x={WIDTH} y={rows.length * ROW + 16} class="end">
            step {steps[steps.length - 1]}
          </text>
        </svg>
      </div>
      <p class="note">
        Top: the head; bottom: nearest to the images. <i class="ramp" aria-hidden="true" /> from {end(low)} to{' '}
        {end(high)}
      </p>
      <figcaption>{summary}</figcaption>
    </figure>
  );
}

/** The last look, as figures, with how values are spread. */
function Newest({ look }: { readonly look: Inspection }) {
  return (
    <details>
      <summary>After step {look.step}, layer by layer</summary>
      <div class="scroll" tabIndex={0} role="region" aria-label="Layers, table">
        <table>
          <thead>
            <tr>
              <th scope="col">layer</th>
              <th scope="col">gradient</th>
              <th scope="col">spread of gradients</th>
              <th scope="col">update by weight</th>
              <th scope="col">weights</th>
            </tr>
          </thead>
          <tbody>
            {look.layers.map(({ name, gradient, update, weightNorm, alike }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{figure(gradient.norm)}</td>
                <td>
                  <Bars spread={gradient.values} />
                </td>
                <td>{figure(update.ratio)}</td>
                <td>
                  {figure(weightNorm)}
                  {alike ? ', all units alike' : ''}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {look.activations.length === 0 ? null : (
          <table>
            <thead>
              <tr>
                <th scope="col">activation</th>
                <th scope="col">function</th>
                <th scope="col">spread of outputs</th>
                <th scope="col">dead</th>
                <th scope="col">saturated</th>
              </tr>
            </thead>
            <tbody>
              {look.activations.map(({ name, function: kind, values, dead, saturated }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{kind}</td>
                  <td>
                    <Bars spread={values} />
                  </td>
                  <td>{kind === 'relu' ? percent(dead) : '–'}</td>
                  <td>{kind === 'sigmoid' || kind === 'tanh' ? percent(saturated) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </details>
  );
}

function Bars({ spread: { bins, min, max, mean } }: { readonly spread: Spread }) {
  const most = Math.max(1, ...bins);
  const words = `from ${figure(min)} to ${figure(max)}, mean ${figure(mean)}`;
  return (
    <svg width="128" height="24" role="img" aria-label={words} class="bars">
      <title>{words}</title>
      {bins.map((n, index) => (
        <rect key={index} x={index * 4} y={24 - (24 * n) / most} width="3.5" height={(24 * n) / most} />
      ))}
    </svg>
  );
}

/** From dark to light; what cannot be drawn is gray. */
function colorOf(height: number | null): string {
  if (height === null) return 'var(--edge)';
  return `hsl(${260 - 215 * height} 75% ${22 + 50 * height}%)`;
}
