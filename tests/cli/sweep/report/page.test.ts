import { describe, expect, it } from 'vitest';
import { reportPage } from '../../../../src/cli/sweep/report/page.ts';
import { csvOf } from '../../../../src/cli/sweep/report/table.ts';
import { resultOf, type RunResult } from '../../../../src/cli/sweep/results/result.ts';
import type { Grid } from '../../../../src/cli/sweep/grid/grid.ts';
import { finished, recordOf, unfinished } from '../results/results.ts';
import { inspection } from '../results/inspections.ts';
import { gridOf, listed } from '../settings.ts';
import { expandGrid } from '../../../../src/cli/sweep/grid/grid.ts';

const page = (grid: Grid, results: readonly RunResult[]): string =>
  reportPage({
    grid,
    results,
    commandOf: ({ cell }) => `npx gradsocket launch # ${cell.id}`,
    workers: 2,
    cores: 1,
    dir: 'runs/s',
  });

const grid = gridOf({
  activation: 'relu,leaky_relu,tanh',
  init: 'random_normal,glorot_uniform,he_normal',
  optimizer: 'sgd,adam,rmsprop',
});
const results = grid.cells.map((cell, index) => finished(cell, 0.5 + index / 60, 0.5 + index / 55));

/** Opening and closing tags that do not pair; void elements of HTML, and those of SVG that close themselves, aside. */
function unbalanced(text: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, closing, name = '', rest = ''] of text.matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>/g)) {
    if (rest.endsWith('/') || ['meta', 'br'].includes(name)) continue;
    if (closing === '') open.push(name);
    else if (open.pop() !== name) wrong.push(name);
  }
  return [...wrong, ...open];
}

describe('reportPage', () => {
  it('has nothing from elsewhere, no script, and pairs all tags', () => {
    const text = page(grid, results);
    expect(text).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|\ssrc=/);
    expect(unbalanced(text)).toEqual([]);
  });

  it('has no coordinate that is no number, whatever the results', () => {
    const diverged = resultOf(grid.cells[0]!, 'diverged', recordOf(grid.cells[0]!, []), null);
    for (const some of [
      results,
      grid.cells.map((cell) => unfinished(cell, 'missing')),
      [diverged],
      [finished(grid.cells[0]!, 1, 1)],
    ]) {
      const text = page(grid, some);
      expect(text.replaceAll(/<style>.*?<\/style>/gs, '')).not.toMatch(/NaN[^ ]|"NaN|undefined|Infinity/);
      expect(unbalanced(text)).toEqual([]);
    }
  });

  it('shows every run in the ranking, the best one first, with the command that repeats it', () => {
    const text = page(grid, results);
    for (const { id } of grid.cells) expect(text).toContain(`npx gradsocket launch # ${id}`);
    expect(text).toMatch(/<tr class="first"><td class="n">1<\/td><td>tanh<\/td><td>he_normal<\/td><td>rmsprop<\/td>/);
  });

  it('says by what runs are ranked where that is not the highest accuracy', () => {
    const byLoss = gridOf({ monitor: 'loss', seed: '1,2' });
    const text = page(
      byLoss,
      byLoss.cells.map((cell) => finished(cell, 0.5)),
    );
    expect(text).toContain('its best by --monitor');
    expect(text).not.toContain('the best validation accuracy');
    expect(page(grid, results)).toContain('By the best validation accuracy of each run');
  });

  it('has a heat map for each pair of factors, and the mean over the others in it', () => {
    const text = page(grid, results);
    expect(text.match(/<figure class="heat">/g)).toHaveLength(3);
    const scores = results
      .filter(({ cell }) => cell.levels[0] === 'relu' && cell.levels[1] === 'random_normal')
      .map(({ best }) => best!.accuracy);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    expect(text).toContain(`<title>activation relu, init random_normal: ${(100 * mean).toFixed(1)} %</title>`);
  });

  it('draws as many curves as there are runs, in frames by the first two factors', () => {
    const text = page(grid, results);
    const [accuracy = '', loss = ''] =
      text.match(/<svg[^>]*aria-label="(Validation accuracy|Training loss) by step".*?<\/svg>/gs) ?? [];
    for (const svg of [accuracy, loss]) {
      expect(svg.match(/class="frame"/g)).toHaveLength(9);
      expect(svg.match(/stroke-linejoin/g)).toHaveLength(27);
    }
  });

  it('draws the gradient by depth of each combination but seeds, where runs were looked into', () => {
    const seeds = gridOf({ seed: '1,2', activation: 'relu,tanh' });
    const looked = seeds.cells.map((cell) =>
      resultOf(cell, 'done', recordOf(cell, [0.5], { inspections: [inspection({ step: 1 }), inspection()] }), null),
    );
    const text = page(seeds, looked);
    expect(text.match(/<figure class="inside">/g)).toHaveLength(2);
    expect(unbalanced(text)).toEqual([]);
    expect(page(grid, results)).not.toContain('Inside the networks');
  });

  it('escapes what comes from users', () => {
    const odd = expandGrid(listed({ data: ['a<b>&"c', 'd'] }), 1);
    const text = page(
      odd,
      odd.cells.map((cell) => finished(cell, 0.5)),
    );
    expect(text).not.toContain('<b>&"c');
    expect(text).toContain('a&lt;b&gt;&amp;&quot;c');
    expect(unbalanced(text)).toEqual([]);
  });

  it('says once what is wrong with several runs', () => {
    const failure = { code: 'NO_DATASET', message: 'There is no folder pets.' };
    const text = page(
      grid,
      grid.cells.map((cell) => resultOf(cell, 'failed', null, failure)),
    );
    expect(text.match(/<p>There is no folder pets\.<\/p>/g)).toHaveLength(1);
  });
});

describe('csvOf', () => {
  it('has a line for each run, the best first, and quotes what contains commas', () => {
    const lists = expandGrid(listed({ channels: ['8,16', '4'] }), 1);
    const [first, second] = [finished(lists.cells[0]!, 0.9), unfinished(lists.cells[1]!, 'missing')];
    const [head = '', best = '', other = '', end] = csvOf(lists, [second, first], () => 'say "hi"').split('\r\n');
    expect(head).toMatch(
      /^rank,run,channels,status,verdict,validation_accuracy,.*,steps_to_80_percent,steps_to_90_percent,.*,command$/,
    );
    expect(best).toMatch(/^1,"channels=8,16","8,16",done,learned,0\.9,.*,"say ""hi"""$/);
    expect(other).toMatch(/^2,channels=4,4,missing,unfinished,,,,,,0,,,/);
    expect(end).toBe('');
  });
});
