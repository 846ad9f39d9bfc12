import { fieldsOf } from '../../../shared/job/fields.ts';
import { jobSchema } from '../../../shared/job/schema.ts';
import { textOf } from '../../../shared/job/values.ts';
import { countText, plural } from '../../../shared/plural.ts';
import { clockText, lossText, percentText } from '../../ui/text.ts';
import type { Grid } from '../grid/grid.ts';
import { isUseless, WORDS } from '../results/diagnosis.ts';
import { effectsOf, scoreOf } from '../results/effects.ts';
import { ranked, type RunResult } from '../results/result.ts';
import type { Inspection } from '../../../shared/protocol/inspection.ts';
import { decadesOf, depthMap } from '../../picture/depth-map.ts';
import { accuracyCurves, highestLoss, legend, lossCurves } from './curves.ts';
import { heatMaps } from './heat-maps.ts';
import { html, Markup } from '../../picture/markup.ts';
import { arrange } from './panels.ts';
import { rankingTable } from './ranking.ts';
import { effectSentence, strip } from './strips.ts';
import { STYLE } from './style.ts';

export interface ReportFacts {
  readonly grid: Grid;
  readonly results: readonly RunResult[];
  readonly commandOf: (result: RunResult) => string;
  /** How many workers each run had. */
  readonly workers: number;
  readonly cores: number;
  readonly dir: string;
}

/** report.html: one page that needs nothing else. */
export function reportPage(facts: ReportFacts): string {
  const { grid, results } = facts;
  const title = `${plural(results.length, 'run')}: ${grid.factors.map(({ name }) => name).join(' × ')}`;
  const begun = results.some(({ steps }) => steps > 0);
  const sections = [
    header(title, facts),
    ranking(facts),
    ...(begun ? [effects(facts), heats(facts), curves(facts), inside(facts)] : []),
    troubles(results),
    repeats(facts),
  ];
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${new Markup(STYLE)}</style></head>
<body><main>
${sections.map((section) => html`${section}\n`)}</main></body></html>
`.text;
}

function header(title: string, { grid, results, workers, cores }: ReportFacts): Markup {
  const [best] = ranked(results).filter(({ standing, best: top }) => standing === 'done' && top !== null);
  const finished = results.filter(({ standing }) => standing === 'done' || standing === 'diverged').length;
  const count = (verdict: string): number => results.filter(({ diagnosis }) => diagnosis.verdict === verdict).length;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const tile = (number: string, about: string, kind: string): Markup =>
    html`<div class="tile ${kind}"><b>${number}</b><span>${about}</span></div>`;
  const useless = results.filter(({ diagnosis }) => isUseless(diagnosis)).length;
  const engines = [...new Set(results.flatMap(({ engine }) => engine ?? []))].join(', ');
  const on = `${plural(workers, 'worker')} of ${plural(cores, 'core')} each${engines === '' ? '' : `, engine ${engines}`}`;
  return html`<header><h1>${title}</h1><p class="lead">${settingsText(grid)}. Each run on ${on}.</p><div class="tiles">${
    best === undefined || best.best === null
      ? null
      : tile(percentText(best.best.accuracy), `best: ${best.cell.label}`, 'best')
  }${tile(`${finished} of ${results.length}`, 'runs finished', '')}${count('diverged') > 0 ? tile(String(count('diverged')), 'diverged', 'bad') : null}${
    useless > 0 ? tile(String(useless), 'did not learn', 'bad') : null
  }${count('failed') > 0 ? tile(String(count('failed')), 'failed', 'bad') : null}${tile(clockText(seconds), 'of training', '')}</div>${
    grid.notes.length === 0 ? null : html`<p class="soft">${grid.notes.join('. ')}.</p>`
  }</header>`;
}

/** Always told, whether or not they are defaults. */
const TOLD = ['data', 'model', 'epochs', 'batch', 'seed'];

/** What all runs have in common and is worth knowing. */
function settingsText({ factors, cells }: Grid): string {
  const varied = new Set(factors.map(({ key }) => key));
  const job = cells[0]?.job;
  if (job === undefined) return '';
  return fieldsOf(jobSchema)
    .filter(({ key, default: usual }) => {
      if (varied.has(key) || key === 'keepCheckpoints' || key === 'engine' || key === 'inspect') return false;
      return TOLD.includes(key) || textOf(job[key as keyof typeof job]) !== textOf(usual);
    })
    .map(({ key, name }) => `${name} ${textOf(job[key as keyof typeof job])}`)
    .join(' · ');
}

/** The accuracy of the weights that are kept is not the highest one where --monitor goes by the loss. */
function ratedBy(results: readonly RunResult[]): string {
  return results.some(({ cell }) => cell.job.monitor === 'loss')
    ? 'the validation accuracy of the weights that each run keeps, its best by --monitor'
    : 'the best validation accuracy of each run';
}

function ranking({ grid, results }: ReportFacts): Markup {
  return html`<section><h2>Ranking</h2><p class="lead">By ${ratedBy(results)}, then by its loss; the weights of that epoch are kept.</p>${rankingTable(grid, results)}</section>`;
}

function effects({ grid, results }: ReportFacts): Markup {
  const scores = results.flatMap((result) => scoreOf(result) ?? []);
  if (scores.length === 0) return html``;
  const strips = effectsOf(grid, results).map(
    (effect) =>
      html`<div class="keep"><h3>${effect.name}</h3><p class="soft">${effectSentence(effect)}</p>${strip(effect, scores)}</div>`,
  );
  return html`<section><h2>What each setting does</h2><p class="lead">Every point is a run, the bar is their mean. A run that diverged before it was ever evaluated counts as a guess.${grain(results)}</p>${strips}</section>`;
}

/** How much of a difference one image makes. */
function grain(results: readonly RunResult[]): string {
  const samples = Math.min(...results.flatMap(({ validationSamples }) => validationSamples ?? []));
  if (!Number.isFinite(samples)) return '';
  const points = (100 / samples).toPrecision(1);
  return ` With ${plural(samples, 'validation image')}, one of them is ${points} points: small differences may be chance; several seeds tell more.`;
}

function heats({ grid, results }: ReportFacts): Markup {
  const maps = heatMaps(grid, results);
  if (maps.length === 0) return html``;
  return html`<section class="keep"><h2>Settings together</h2><p class="lead">Mean of ${ratedBy(results)}, over everything else. All maps have the same colors.</p><div class="heats">${maps}</div></section>`;
}

function curves({ grid, results }: ReportFacts): Markup {
  const arrangement = arrange(grid, results);
  const key = legend(arrangement);
  const accuracy = accuracyCurves(arrangement, results);
  const loss = lossCurves(arrangement, results);
  return html`<section><h2>Curves</h2>${
    accuracy.length === 0
      ? null
      : html`<div class="keep"><h3>Validation accuracy</h3><p class="soft">Where runs lie far apart, the axis is stretched towards 100 %: equal heights are equal factors of the error.</p>${key}${accuracy}</div>`
  }${
    loss.length === 0
      ? null
      : html`<div class="keep"><h3>Training loss</h3><p class="soft">Logarithmic; means over stretches of steps. A cross: there the loss became NaN or infinite.${
          highestLoss(results).clipped ? ' Losses that are higher than the frame stand at its top.' : ''
        }</p>${key}${loss}</div>`
  }</section>`;
}

/** Maps that a page can hold. */
const MOST_MAPS = 60;

/** The gradient of each combination of settings by depth; of several seeds the first. */
function inside({ grid, results }: ReportFacts): Markup {
  const seed = grid.factors.findIndex(({ key }) => key === 'seed');
  const seen = new Set<string>();
  const chosen = results.filter(({ cell, inspections }) => {
    const group = JSON.stringify(seed < 0 ? cell.levels : cell.levels.toSpliced(seed, 1));
    if (inspections.length === 0 || seen.has(group)) return false;
    seen.add(group);
    return true;
  });
  const decades = decadesOf(chosen.flatMap(({ inspections }) => inspections));
  if (decades === null) return html``;
  const maps = chosen.slice(0, MOST_MAPS).map(({ cell, inspections, diagnosis }) => {
    const map = depthMap(inspections, decades);
    const { dead, saturated } = sharesIn(inspections.at(-1)!);
    return html`<figure class="inside"><figcaption><b>${cell.label}</b> <span class="tag ${diagnosis.verdict}">${WORDS[diagnosis.verdict]}</span><br>${dead}${saturated}</figcaption>${map}</figure>`;
  });
  const left = chosen.length - maps.length;
  return html`<section><h2>Inside the networks</h2><p class="lead">Norms of gradients, layer by layer, at the steps that were looked into; all maps have the same colors.${
    left > 0 ? ` ${plural(left, 'further map')} left out.` : ''
  }</p><div class="insides">${maps}</div></section>`;
}

/** Less is written as 0.0 %. */
const LEAST_SHARE = 0.0005;

/** At the newest look, of the layer where it is worst. */
function sharesIn({ step, activations }: Inspection): { readonly dead: string; readonly saturated: string } {
  const most = (of: 'dead' | 'saturated'): string => {
    const worst = activations.toSorted((a, b) => b[of] - a[of])[0];
    return worst === undefined || worst[of] < LEAST_SHARE ? '' : `${percentText(worst[of])} ${of} in ${worst.name}. `;
  };
  const [dead, saturated] = [most('dead'), most('saturated')];
  return { dead: dead === '' && saturated === '' ? '' : `At step ${step}: ${dead}`, saturated };
}

function troubles(results: readonly RunResult[]): Markup {
  const wrong = ranked(results).filter(
    ({ diagnosis }) => diagnosis.verdict !== 'learned' && diagnosis.verdict !== 'unfinished',
  );
  const notes = ranked(results).filter(({ diagnosis }) => diagnosis.verdict === 'learned' && diagnosis.sentence !== '');
  const list = (some: readonly RunResult[], kind: string): Markup =>
    html`<div class="said ${kind}">${[...bySentence(some)].map(
      ([sentence, alike]) =>
        html`<div><p>${sentence}</p><ul>${alike.map(({ cell }) => html`<li>${cell.label}</li>`)}</ul></div>`,
    )}</div>`;
  return html`${wrong.length === 0 ? null : html`<section><h2>What went wrong</h2>${list(wrong, '')}</section>`}${
    notes.length === 0 ? null : html`<section><h2>Also worth knowing</h2>${list(notes, 'mild')}</section>`
  }`;
}

/** What is said of several runs is said once. */
function bySentence(results: readonly RunResult[]): ReadonlyMap<string, readonly RunResult[]> {
  const groups = new Map<string, RunResult[]>();
  for (const result of results) {
    const { sentence } = result.diagnosis;
    groups.set(sentence, [...(groups.get(sentence) ?? []), result]);
  }
  return groups;
}

function repeats({ grid, results, commandOf, dir }: ReportFacts): Markup {
  const rows = ranked(results).map(
    (result) =>
      html`<tr><td>${result.cell.label}<br><span class="soft">${result.model ?? WORDS[result.diagnosis.verdict]}</span></td><td><code>${commandOf(result)}</code></td></tr>`,
  );
  const jobs = grid.cells.length;
  return html`<section><h2>To repeat a run</h2><p class="lead">The command that ends with the same weights, on the same kind of processor, with the names alone of files and folders; under each name its best model, in ${dir}.</p><table><thead><tr><th>run</th><th>command</th></tr></thead><tbody>${rows}</tbody></table><footer>${countText(jobs)} jobs, from ${dir}/sweep.yaml. All figures are in report.csv beside this page. Losses are cross-entropies; that of a guess is ${guesses(results)}.</footer></section>`;
}

function guesses(results: readonly RunResult[]): string {
  const classes = [...new Set(results.flatMap((result) => result.classes ?? []))];
  return classes.length === 1 ? `ln ${classes[0]} = ${lossText(Math.log(classes[0]!))}` : 'ln(classes)';
}
