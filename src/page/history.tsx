import { useState } from 'preact/hooks';
import type { RunView } from '../coordinator/view/view.ts';
import { sharesText } from '../shared/shares-text.ts';
import { sayingOf } from './sayings.ts';
import { clock, plural } from './text.ts';

const FEW = 12;

/** Which workers trained together, from which step on, and why. */
export function Generations({ view: { generations } }: { readonly view: RunView }) {
  if (generations.length === 0) return null;
  return (
    <section aria-labelledby="generations">
      <h2 id="generations">Generations</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Generations, table">
        <table>
          <thead>
            <tr>
              <th scope="col">generation</th>
              <th scope="col">at</th>
              <th scope="col">from step</th>
              <th scope="col">microbatches of each</th>
              <th scope="col">why</th>
            </tr>
          </thead>
          <tbody>
            {generations.toReversed().map(({ generation, step, time, workers, shares, why }) => (
              <tr key={`${generation} ${time}`}>
                <th scope="row">{generation}</th>
                <td>{clock(time)}</td>
                <td>{step}</td>
                <td class="long">{sharesText({ shares, workers })}</td>
                <td class="long">{why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What was told, the newest first. */
export function Happened({ view: { events } }: { readonly view: RunView }) {
  const [all, setAll] = useState(false);
  if (events.length === 0) return null;
  const shown = all ? events : events.slice(-FEW);
  return (
    <section aria-labelledby="happened">
      <h2 id="happened">What happened</h2>
      <ol class="events">
        {shown.toReversed().map(({ time, event }, index) => {
          const { tone, text } = sayingOf(event);
          return (
            <li key={events.length - index} class={tone}>
              <time dateTime={time}>{clock(time)}</time> {text}
            </li>
          );
        })}
      </ol>
      {events.length > FEW ? (
        <button type="button" onClick={() => setAll(!all)}>
          {all ? 'Only the newest' : `All ${plural(events.length, 'line')}`}
        </button>
      ) : null}
    </section>
  );
}
