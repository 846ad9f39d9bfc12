import type { RunView } from '../coordinator/view/view.ts';
import { count, figure, percent } from './text.ts';

/** Several runs, a row each. */
export function Runs({ runs }: { readonly runs: readonly RunView[] }) {
  return (
    <section aria-labelledby="runs">
      <h2 id="runs">Runs</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="Runs, table">
        <table>
          <thead>
            <tr>
              <th scope="col">run</th>
              <th scope="col">state</th>
              <th scope="col">model</th>
              <th scope="col">optimizer</th>
              <th scope="col">learning rate</th>
              <th scope="col">batch</th>
              <th scope="col">steps</th>
              <th scope="col">loss</th>
              <th scope="col">validation loss</th>
              <th scope="col">validation accuracy</th>
              <th scope="col">best</th>
            </tr>
          </thead>
          <tbody>
            {runs.map(({ name, run }) => {
              const last = run.evaluations.at(-1);
              const best = Math.max(...run.evaluations.map(({ accuracy }) => accuracy));
              return (
                <tr key={name}>
                  <th scope="row">
                    <bdi class="name">{name}</bdi>
                  </th>
                  <td>
                    <span class={`state ${run.state}`}>{run.state}</span>
                  </td>
                  <td>{run.job.model}</td>
                  <td>{run.job.optimizer}</td>
                  <td>{figure(run.job.lr === 'auto' ? null : run.job.lr)}</td>
                  <td>{run.job.batch}</td>
                  <td>{`${count(run.step)} / ${count(run.steps)}`}</td>
                  <td>{figure(run.loss)}</td>
                  <td>{figure(last?.loss)}</td>
                  <td>{percent(last?.accuracy)}</td>
                  <td>{percent(best)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}
