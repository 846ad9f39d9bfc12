import { plural } from '../../shared/plural.ts';
import { lossText, percentText } from '../ui/text.ts';
import { type Diagnosis, WORDS } from './results/diagnosis.ts';
import { ranked, type RunResult } from './results/result.ts';

export interface ResultPlaces {
  readonly report: string;
  readonly resumeCommand: string;
}

const SHOWN = 3;

/** What a sweep leaves behind, in a few lines: the best runs, what went wrong, where to look. */
export function sweepResultLines(
  results: readonly RunResult[],
  { report, resumeCommand }: ResultPlaces,
): readonly string[] {
  const lines: string[] = [];
  const best = ranked(results).filter(({ standing, best: top }) => standing === 'done' && top !== null);
  for (const [index, { cell, best: top }] of best.slice(0, SHOWN).entries()) {
    const figures = `${percentText(top?.accuracy ?? 0)}, loss ${lossText(top?.loss ?? 0)}`;
    lines.push(line(index === 0 ? 'best' : '', `${figures}: ${cell.label}`));
  }
  const wrong = new Map<Diagnosis['verdict'], number>();
  for (const { diagnosis } of results) {
    if (diagnosis.verdict === 'learned') continue;
    wrong.set(diagnosis.verdict, (wrong.get(diagnosis.verdict) ?? 0) + 1);
  }
  if (wrong.size > 0) {
    lines.push(line('others', [...wrong].map(([verdict, count]) => `${count} ${WORDS[verdict]}`).join(', ')));
  }
  lines.push(line('report', report));
  const missing = results.filter(({ standing }) => standing !== 'done' && standing !== 'diverged').length;
  if (missing > 0) lines.push(line('go on', `${resumeCommand}   (${plural(missing, 'run')} left)`));
  return lines;
}

function line(about: string, text: string): string {
  return `${about.padEnd(10)}${text}`;
}
