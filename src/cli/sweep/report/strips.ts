import { plural } from '../../../shared/plural.ts';
import { percentText } from '../../ui/text.ts';
import { type Effect, scoreOf } from '../results/effects.ts';
import { shortened } from './heat-maps.ts';
import { mark } from './mark.ts';
import { html, type Markup } from '../../picture/markup.ts';
import { styleOf } from './palette.ts';
import { accuracyScale } from './scale.ts';

const WIDTH = 1040;
const LEFT = 170;
const RIGHT = 90;
const ROW = 30;
const TOP = 6;
const BOTTOM = 24;

/** A factor: its levels below each other, each run a point, the mean a bar. All strips have the same axis. */
export function strip(effect: Effect, all: readonly number[]): Markup {
  const height = TOP + effect.levels.length * ROW + BOTTOM;
  const scale = accuracyScale(all, [LEFT, WIDTH - RIGHT]);
  const floor = height - BOTTOM;
  const grid = scale.ticks.map(
    ({ at, label }) =>
      html`<line x1="${at}" x2="${at}" y1="${TOP}" y2="${floor}" class="grid"/><text x="${at}" y="${floor + 16}" class="tick" text-anchor="middle">${label}</text>`,
  );
  const highest = Math.max(...effect.levels.map(({ mean }) => mean ?? 0));
  const rows = effect.levels.map(({ level, mean, results }, index) => {
    const y = TOP + (index + 0.5) * ROW;
    const style = styleOf(index);
    const points = results.flatMap((result) => {
      const score = scoreOf(result);
      if (score === null) return [];
      return mark(style, scale.at(score), y, 4, html`<title>${result.cell.label}: ${percentText(score)}</title>`);
    });
    return html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" class="row"/><text x="${LEFT - 12}" y="${y + 4}" class="level" text-anchor="end">${shortened(level, 22)}</text><g opacity="0.55">${points}</g>${
      mean === null
        ? html`<text x="${WIDTH - RIGHT + 12}" y="${y + 4}" class="tick">no result</text>`
        : html`<line x1="${scale.at(mean)}" x2="${scale.at(mean)}" y1="${y - 11}" y2="${y + 11}" stroke="${style.color}" stroke-width="3"/><text x="${WIDTH - RIGHT + 12}" y="${y + 4}" class="${mean === highest ? 'mean top' : 'mean'}">${percentText(mean)}</text>`
    }`;
  });
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Validation accuracy by ${effect.name}">${grid}${rows}</svg>`;
}

/** The comparison in a sentence. */
export function effectSentence({ levels, matches }: Effect): string {
  if (matches === null) return 'Not enough runs have finished to compare.';
  const { better, worse, pairs, won, equal, ahead, between } = matches;
  const points = `${Math.abs(100 * ahead).toFixed(1)} points`;
  const lead = Math.abs(ahead) < 0.0005 ? 'level on average' : `${points} ${ahead > 0 ? 'ahead' : 'behind'} on average`;
  const drawn = equal === 0 ? '' : `, ${equal} drawn`;
  const bounds =
    between === null
      ? ' (n = 1: nothing says how much of that is chance)'
      : ` (n = ${pairs}, 95 % interval ${pointsText(between.low)} to ${pointsText(between.high)} points${
          between.low > 0 || between.high < 0 ? '' : ', which has zero in it: it may be chance'
        })`;
  const spread = levels.flatMap(({ mean }) => mean ?? []);
  const small = Math.max(...spread) - Math.min(...spread) < 0.005 ? ' The choice hardly matters here.' : '';
  return `${better} against ${worse}, all else equal: better in ${won} of ${plural(pairs, 'pair')}${drawn}, ${lead}${bounds}.${small}`;
}

function pointsText(share: number): string {
  return `${share < 0 ? '−' : '+'}${Math.abs(100 * share).toFixed(1)}`;
}
