import { countText } from '../../../shared/plural.ts';
import { clockText, lossText, percentText } from '../../ui/text.ts';
import { WORDS } from '../results/diagnosis.ts';
import type { Grid } from '../grid/grid.ts';
import { stepsTo } from '../results/evaluation.ts';
import { ranked, type RunResult, thresholdsFor } from '../results/result.ts';
import { shortened } from './heat-maps.ts';
import { html, type Markup } from '../../picture/markup.ts';

/** Every run, best first. */
export function rankingTable({ factors }: Grid, results: readonly RunResult[]): Markup {
  const thresholds = thresholdsFor(results);
  const heads = thresholds.map(
    (accuracy) => html`<th class="n">steps to<br>${Math.round(accuracy * 1000) / 10} %</th>`,
  );
  const rows = ranked(results).map((result, index) => {
    const { cell, best, diagnosis, evaluations, steps, seconds, imagesPerSecond, standing } = result;
    const place = standing === 'done' && best !== null ? String(index + 1) : '–';
    const levels = cell.levels.map((level) => html`<td>${level === null ? '–' : shortened(level, 28)}</td>`);
    const reached = thresholds.map((accuracy) => {
      const step = stepsTo(accuracy, evaluations);
      return html`<td class="n">${step === null ? '–' : countText(step)}</td>`;
    });
    const row = index === 0 && place === '1' ? 'first' : standing === 'done' ? '' : 'out';
    return html`<tr class="${row}"><td class="n">${place}</td>${levels}<td class="bar">${best === null ? null : accuracyBar(best.accuracy)}</td><td class="n">${best === null ? '–' : percentText(best.accuracy)}</td><td><span class="tag ${diagnosis.verdict}">${WORDS[diagnosis.verdict]}</span></td><td class="n">${
      best === null ? '–' : lossText(best.loss)
    }</td><td class="n">${best === null ? '–' : best.epoch}</td>${reached}<td class="n">${countText(steps)}</td><td class="n">${
      imagesPerSecond > 0 ? countText(imagesPerSecond) : '–'
    }</td><td class="n">${seconds > 0 ? clockText(seconds) : '–'}</td></tr>`;
  });
  return html`<div class="scroll"><table><thead><tr><th class="n">rank</th>${factors.map(({ name }) => html`<th>${name}</th>`)}<th colspan="2">validation accuracy</th><th>how it went</th><th class="n">loss</th><th class="n">at epoch</th>${heads}<th class="n">steps</th><th class="n">images/s</th><th class="n">training<br>time</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function accuracyBar(accuracy: number): Markup {
  const share = Math.max(0, Math.min(1, accuracy)) * 100;
  return html`<svg viewBox="0 0 100 10" preserveAspectRatio="none" height="9" aria-hidden="true"><rect width="100" height="10" fill="#edf1f4"/><rect width="${share}" height="10" fill="#5b93bd"/></svg>`;
}
