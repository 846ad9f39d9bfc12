import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RunHistory } from '../../../src/coordinator/progress/history.ts';
import { checkpointsIn, newsOf, shownRun, stepIn, toldBy, viewOf } from '../../../src/coordinator/view/compose.ts';
import type { RunNews, RunView } from '../../../src/coordinator/view/view.ts';
import { after, EMPTY } from '../../../src/page/state.ts';
import { stepLine, TIME, viewSource } from './view-source.ts';

/** What a page shows that had `view` and then `news`. */
function pageAfter(view: RunView, news: RunNews): RunView {
  const first = after(EMPTY, { type: 'message', message: { type: 'view', view } });
  return after(first, { type: 'message', message: { type: 'news', news } }).runs[0]!;
}

it.each([
  [5, 3],
  [990, 40],
  [3_000, 1],
])('who had the view after %i steps and the news of %i more shows what a new one shows', (before, more) => {
  const { source, history, chronicle } = viewSource(before);
  const [view, told] = [viewOf(source, 1), toldBy(source)];
  for (let step = before + 1; step <= before + more; step++) history.add(stepLine(step));
  chronicle.observe({ type: 'warning', message: 'hot' }, TIME);
  const later = {
    ...source,
    run: { ...source.run, step: before + more, evaluations: [{ step: 3, loss: 1, accuracy: 0.5 }] },
  };
  const news = newsOf(later, told, 2);
  expect(pageAfter(view, news)).toEqual(viewOf(later, 2));
});

it('what images are taken for comes with each evaluation, and not in between', () => {
  const { source, history } = viewSource(5);
  const told = toldBy(source);
  history.add(stepLine(6));
  expect(newsOf(source, told, 2)).not.toHaveProperty('answers');
  const answers = { step: 6, samples: [{ sample: 3, name: 'cat.3.jpg', label: 0, answer: 1, probability: 0.7 }] };
  const later = { ...source, answers, run: { ...source.run, evaluations: [{ step: 6, loss: 1, accuracy: 0.5 }] } };
  expect(pageAfter(viewOf(source, 1), newsOf(later, told, 2)).answers).toEqual(answers);
});

it('news are small: what did not change is left out', () => {
  const { source, history } = viewSource(900);
  const told = toldBy(source);
  history.add(stepLine(901));
  const news = newsOf(source, told, 2);
  expect(Object.keys(news).toSorted()).toEqual(['bytesSent', 'curve', 'now', 'run', 'workers']);
  expect(Object.keys(news.run).toSorted()).toEqual(['present', 'state', 'step', 'workers']);
  expect(news.curve.points.map(({ step }) => step)).toEqual([900, 901]);
});

it('of thousands of workers a page is told how many, of those that do not train, and of some others', () => {
  const workers = Array.from({ length: 5_000 }, (_, n) => ({
    name: `w${n}`,
    state: n === 4_321 ? 'away' : 'training',
  }));
  const run = shownRun({ workers } as unknown as Parameters<typeof shownRun>[0]);
  expect(run.present).toBe(5_000);
  expect(run.workers.length).toBe(200);
  expect(run.workers.slice(0, 3).map(({ name }) => name)).toEqual(['w4321', 'w0', 'w1']);
  const { source, chronicle } = viewSource(1);
  const times = { data: 0, compute: 1, allReduce: 0, optimizer: 0, total: 1 };
  for (const { name } of workers) {
    chronicle.watch({ type: 'workerStep', worker: name, times, bytesSent: 1, bytesReceived: 1 }, Date.parse(TIME));
  }
  const view = viewOf({ ...source, run: { ...source.run, ...run } }, 1);
  expect(view.workers.map(({ name }) => name)).toEqual(run.workers.map(({ name }) => name));
});

it('after a rewind the whole curve comes anew', () => {
  const { source } = viewSource(10);
  const [view, told] = [viewOf(source, 1), toldBy(source)];
  const history = new RunHistory([1, 2, 3].map((step) => stepLine(step, 9)));
  const rewound = { ...source, history };
  expect(pageAfter(view, newsOf(rewound, told, 2)).curve.points.map(({ loss }) => loss)).toEqual([9, 9, 9]);
});

it('checkpoints are those files that have the name of one, newest first', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradsocket-view-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ['step-00000003.safetensors', 'step-00000012.safetensors', 'best.json', 'x.safetensors']) {
    writeFileSync(join(folder, name), 'abc');
  }
  expect((await checkpointsIn(folder)).map(({ step, bytes }) => [step, bytes])).toEqual([
    [12, 3],
    [3, 3],
  ]);
  expect(await checkpointsIn(join(folder, 'none'))).toEqual([]);
  for (const name of ['../step-00000003.safetensors', 'step-3.safetensors', 'step-00000003.safetensors/x']) {
    expect(stepIn(name)).toBeNull();
  }
});
