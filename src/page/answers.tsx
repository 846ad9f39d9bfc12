import type { RunView } from '../coordinator/view/view.ts';
import { count, percent } from './text.ts';

/** A few validation images, and what the network takes them for. */
export function Answers({ view }: { readonly view: RunView }) {
  const { answers, run } = view;
  if (answers === null) return null;
  const { classes, digest } = run.dataset;
  const nameOf = (index: number): string => classes[index] ?? `class ${index}`;
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">What it takes images for</h2>
      <p class="note">Validation images, as the network gets them, after step {count(answers.step)}.</p>
      <ul class="answers">
        {answers.samples.map(({ sample, name, label, answer, probability }) => (
          <li key={sample} class="card">
            <img src={`api/samples/${sample}?${digest.slice(0, 8)}`} alt={`${nameOf(label)}: ${name}`} title={name} />
            <span class={answer === label ? 'good' : 'bad'}>
              {answer === label ? '✓' : '✗'} <bdi>{nameOf(answer)}</bdi> {percent(probability)}
            </span>
            {answer === label ? null : (
              <span class="note">
                is <bdi>{nameOf(label)}</bdi>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
