import type { RunView } from '../coordinator/view/view.ts';
import type { PageState } from './state.ts';
import { clock, size } from './text.ts';

/** Files to take along. Who only looks may not: the weights are the run's. */
export function Checkpoints({ view, state }: { readonly view: RunView; readonly state: PageState }) {
  const { checkpoints, run } = view;
  if (checkpoints.length === 0) return null;
  const best = run.bestCheckpoint?.split('/').at(-1) ?? null;
  return (
    <section aria-labelledby="checkpoints">
      <h2 id="checkpoints">Checkpoints</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Checkpoints, table">
        <table>
          <thead>
            <tr>
              <th scope="col">after step</th>
              <th scope="col">at</th>
              <th scope="col">size</th>
              <th scope="col">file</th>
            </tr>
          </thead>
          <tbody>
            {checkpoints.map(({ file, step, bytes, time }) => (
              <tr key={file}>
                <th scope="row">
                  {step}
                  {file === best ? <strong class="state training"> best</strong> : null}
                </th>
                <td>{clock(time)}</td>
                <td>{size(bytes)}</td>
                <td>
                  {state.maySteer ? (
                    <a href={`api/checkpoints/${file}`} download={file}>
                      {file}
                    </a>
                  ) : (
                    file
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {state.maySteer ? null : (
        <p class="note">To download one, show the token of the run: a button above asks for it.</p>
      )}
    </section>
  );
}
