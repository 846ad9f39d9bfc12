import type { RunView } from '../coordinator/view/view.ts';
import type { Phases, WorkerMeasure } from '../coordinator/progress/chronicle.ts';
import { lostOf } from './lost.ts';
import { clock, count, duration, percent, plural, size } from './text.ts';

/** The phases of a step, in the order in which they come. */
const PHASES = [
  ['data', 'waits for samples'],
  ['compute', 'computes'],
  ['allReduce', 'waits for sums'],
  ['optimizer', 'applies'],
  ['commit', 'commits'],
] as const satisfies readonly (readonly [keyof Phases, string])[];

/** A row for each worker. */
export function Workers({ view }: { readonly view: RunView }) {
  const { run, workers, now } = view;
  if (run.workers.length === 0) return null;
  const measures = new Map(workers.map((worker) => [worker.name, worker]));
  const all = run.job.microbatches;
  const newest = Math.max(0, ...run.workers.map(({ step }) => step));
  const longest = Math.max(0, ...workers.map(({ phases }) => phases.total));
  const sorted = run.workers.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  return (
    <section aria-labelledby="workers">
      <h2 id="workers">Workers</h2>
      <ul class="key phases">
        {PHASES.map(([phase, text]) => (
          <li key={phase}>
            <i class={phase} aria-hidden="true" /> {text}
          </li>
        ))}
      </ul>
      <div class="scroll" tabIndex={0} role="region" aria-label="Workers, table">
        <table>
          <thead>
            <tr>
              <th scope="col">worker</th>
              <th scope="col">state</th>
              <th scope="col">engine</th>
              <th scope="col">share</th>
              <th scope="col">images/s</th>
              <th scope="col">time of a step</th>
              <th scope="col">lag</th>
              <th scope="col">memory</th>
              <th scope="col">last seen</th>
            </tr>
          </thead>
          <tbody>
            {sorted.map(({ name, state, engine, device, threads, microbatches, step }) => {
              const measure = measures.get(name);
              return (
                <tr key={name}>
                  <th scope="row">
                    <span class="name">{name}</span>
                  </th>
                  <td>
                    <span class={`state ${state}`}>{state}</span>
                  </td>
                  <td>
                    {[engine, device, threads === null ? null : plural(threads, 'thread')].filter(Boolean).join(', ') ||
                      '–'}
                  </td>
                  <td>{microbatches === null ? '–' : `${microbatches} (${percent(microbatches / all)})`}</td>
                  <td>{count(measure?.imagesPerSecond)}</td>
                  <td>{measure === undefined ? '–' : <Bar phases={measure.phases} longest={longest} />}</td>
                  <td>{lagOf(newest - step, measure)}</td>
                  <td>{size(measure?.vitals?.residentBytes)}</td>
                  <td>{measure === undefined ? '–' : agoText(now - measure.lastSeen)}</td>
                </tr>
              );
            })}
            {lostOf(view).map(({ name, state, why, time }) => (
              <tr key={name}>
                <th scope="row">
                  <span class="name">{name}</span>
                </th>
                <td>
                  <span class={`state ${state}`}>{state}</span>
                </td>
                <td class="long" colSpan={6}>
                  {why}
                </td>
                <td>{clock(time)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {run.present > run.workers.length ? <p>and {plural(run.present - run.workers.length, 'more worker')}</p> : null}
    </section>
  );
}

function Bar({ phases, longest }: { readonly phases: Phases; readonly longest: number }) {
  const parts = PHASES.map(([phase, text]) => ({ phase, text, seconds: phases[phase] }));
  const words = parts.filter(({ seconds }) => seconds > 0).map(({ text, seconds }) => `${text} ${duration(seconds)}`);
  let left = 0;
  return (
    <span class="bar">
      <svg width="140" height="12" role="img" aria-label={words.join(', ')}>
        <title>{words.join(', ')}</title>
        {parts.map(({ phase, seconds }) => {
          const width = longest > 0 ? (140 * seconds) / longest : 0;
          const x = left;
          left += width;
          return <rect key={phase} class={phase} x={x} width={width} height="12" />;
        })}
      </svg>{' '}
      {duration(phases.total)}
    </span>
  );
}

/** Steps behind the others, and by how much its transport thread ran late. */
function lagOf(behind: number, measure: WorkerMeasure | undefined): string {
  const late = measure?.vitals?.loopLagSeconds ?? null;
  const steps = behind > 0 ? `${behind} ${behind === 1 ? 'step' : 'steps'}` : 'none';
  return late === null || late < 0.05 ? steps : `${steps}, ${duration(late)} late`;
}

function agoText(ms: number): string {
  return ms < 1500 ? 'now' : `${duration(Math.round(ms / 1000))} ago`;
}
