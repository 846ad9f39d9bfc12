import type { ViewSource } from '../../coordinator/view/compose.ts';
import { sharesText } from '../../shared/shares-text.ts';
import { fieldsOf } from '../../shared/job/fields.ts';
import { ownDefaults } from '../../shared/job/own-defaults.ts';
import { jobSchema } from '../../shared/job/schema.ts';
import { textOf } from '../../shared/job/values.ts';
import type { ClassScore, MeanScore } from '../eval/confusion.ts';
import { html, Markup } from '../picture/markup.ts';
import { STYLE } from '../sweep/report/style.ts';
import { countText, plural } from '../../shared/plural.ts';
import { clockText, lossText, percentText } from '../ui/text.ts';
import { withOwnIds } from './plot.ts';
import type { NamedPlot } from './plots.ts';

/** What `eval` says of the model of the run. */
export interface ReportedEvaluation {
  readonly checkpoint: string;
  readonly step: number;
  readonly samples: number;
  readonly split: string;
  readonly accuracy: number;
  readonly loss: number;
  readonly scores: readonly ClassScore[];
  readonly mean: MeanScore;
  /** Null: more classes than a picture can show. */
  readonly picture: NamedPlot | null;
}

export interface RunReport {
  readonly source: ViewSource;
  readonly plots: readonly NamedPlot[];
  /** A sentence: why there is none. */
  readonly evaluation: ReportedEvaluation | string;
  /** When it was written. */
  readonly now: Date;
}

/** report.html: one page that needs nothing else. */
export function runReport({ source, plots, evaluation, now }: RunReport): string {
  const { name, commands } = source;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${name}</title><style>${new Markup(STYLE)}.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(460px, 100%), 1fr)); gap: 12px; } .plots .wide { grid-column: 1 / -1; }</style></head>
<body><main>
${header(source)}
<section><h2>Curves</h2><div class="plots">${plots.map(figure)}</div></section>
${measured(evaluation)}
${generations(source)}
${settings(source)}
<section><h2>To repeat it</h2><p class="lead">The command that ends with the same weights, on the same kind of processor.</p><p><code>${commands.run}</code></p></section>
<footer>Written on ${now.toISOString().slice(0, 16).replace('T', ' ')} UTC. Each plot lies beside this page as SVG and PNG, all figures as metrics.csv.</footer>
</main></body></html>
`.text;
}

function header({ name, run }: ViewSource): Markup {
  const { summary, job, dataset, evaluations } = run;
  const best = evaluations.reduce<number | null>(
    (most, { accuracy }) => (most === null || accuracy > most ? accuracy : most),
    null,
  );
  const last = evaluations.at(-1);
  const tile = (number: string, about: string, kind = ''): Markup =>
    html`<div class="tile ${kind}"><b>${number}</b><span>${about}</span></div>`;
  const samples = `${plural(dataset.trainSamples, 'training image')}, ${countText(dataset.validationSamples)} for validation`;
  return html`<header><h1>${name}</h1><p class="lead">${job.model} on ${dataset.name}: ${samples}. ${run.state}.</p><div class="tiles">${
    best === null ? null : tile(percentText(best), 'best validation accuracy', 'best')
  }${last === undefined ? null : tile(percentText(last.accuracy), `validation accuracy after step ${last.step}`)}${
    run.loss === null ? null : tile(lossText(run.loss), 'training loss of the last step')
  }${tile(`${countText(run.step)} of ${countText(run.steps)}`, 'steps')}${
    summary === null ? null : tile(clockText(summary.seconds), 'of training')
  }${tile(countText(run.imagesPerSecond), 'images per second')}</div></header>`;
}

function figure({ name, svg, wide = false }: NamedPlot): Markup {
  return html`<figure class="${wide ? 'keep wide' : 'keep'}">${new Markup(withOwnIds(svg.text, `frame-${name}`))}</figure>`;
}

function measured(evaluation: RunReport['evaluation']): Markup {
  if (typeof evaluation === 'string')
    return html`<section><h2>By class</h2><p class="soft">${evaluation}</p></section>`;
  const { checkpoint, step, samples, split, accuracy, loss, scores, mean, picture } = evaluation;
  const share = (value: number | null): string => (value === null ? '–' : percentText(value));
  const rows = scores.map(
    (score) =>
      html`<tr><td class="name">${score.name}</td><td class="n">${share(score.precision)}</td><td class="n">${share(score.recall)}</td><td class="n">${share(score.f1)}</td><td class="n">${countText(score.support)}</td></tr>`,
  );
  return html`<section><h2>By class</h2><p class="lead">The weights after step ${step} (${checkpoint}) on ${plural(samples, 'sample')} (${split}): accuracy ${percentText(accuracy)}, loss ${lossText(loss)}.</p>${
    picture === null ? html`<p class="soft">More classes than a picture can show.</p>` : figure(picture)
  }<div class="scroll"><table><thead><tr><th>class</th><th class="n">precision</th><th class="n">recall</th><th class="n">F1</th><th class="n">samples</th></tr></thead><tbody>${rows}<tr class="first"><td>mean</td><td class="n">${share(mean.precision)}</td><td class="n">${share(mean.recall)}</td><td class="n">${share(mean.f1)}</td><td class="n">${countText(samples)}</td></tr></tbody></table></div></section>`;
}

function generations({ chronicle }: ViewSource): Markup {
  const rows = chronicle.generations.map(
    ({ generation, step, time, workers, shares, why }) =>
      html`<tr><td>${generation}</td><td>${time.slice(0, 19).replace('T', ' ')}</td><td class="n">${step}</td><td>${sharesText({ shares, workers })}</td><td>${why}</td></tr>`,
  );
  if (rows.length === 0) return html``;
  return html`<section><h2>Who trained together</h2><div class="scroll"><table><thead><tr><th>generation</th><th>at (UTC)</th><th class="n">from step</th><th>microbatches of each</th><th>why</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

function settings({ run: { job } }: ViewSource): Markup {
  // The momentum that goes with an optimizer was not chosen either.
  const followed = ownDefaults(job);
  const rows = fieldsOf(jobSchema).map(({ key, name, default: usual }) => {
    const setting = job[key as keyof typeof job];
    const value = textOf(setting);
    return html`<tr class="${value === textOf(usual) || followed.has(key) ? 'out' : ''}"><td>${name}</td><td class="name">${setting === null ? '–' : value}</td></tr>`;
  });
  return html`<section><h2>Settings</h2><p class="lead">In gray: as they are by default.</p><table><tbody>${rows}</tbody></table></section>`;
}
