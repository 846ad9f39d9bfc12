import { expect, it } from 'vitest';
import type { CurvePart, RunView } from '../../src/coordinator/view/view.ts';
import { after, EMPTY, grown } from '../../src/page/state.ts';

const point = (step: number) => ({ step, loss: step }) as unknown as CurvePart['points'][number];
const part = (revision: number, start: number, ...steps: number[]): CurvePart => ({
  revision,
  start,
  points: steps.map(point),
});
const steps = ({ points }: CurvePart): readonly number[] => points.map(({ step }) => step);

it('a part takes the place of what was behind its start', () => {
  expect(steps(grown(part(0, 0, 1, 2, 3), part(0, 2, 4, 5)))).toEqual([1, 2, 4, 5]);
});

it('one from the start is the whole, of whatever revision; one that does not fit is left', () => {
  const curve = part(3, 0, 1, 2);
  expect(steps(grown(curve, part(4, 0, 2, 4)))).toEqual([2, 4]);
  expect(grown(curve, part(4, 1, 9))).toBe(curve);
  expect(grown(curve, part(3, 5, 9))).toBe(curve);
});

it('what was shown stays when the coordinator is lost, and is live again with what comes next', () => {
  const view = { name: 'pets', curve: part(0, 0, 1), run: { step: 1 } } as unknown as RunView;
  const live = after(EMPTY, { type: 'data', data: { live: true, maySteer: true, runs: [view] } });
  const lost = after(live, { type: 'lost', trouble: null });
  expect([lost.link, lost.runs, lost.maySteer]).toEqual(['lost', [view], true]);
  const news = { now: 5, run: { step: 2 }, curve: part(0, 1, 2), workers: [] } as never;
  const back = after(lost, { type: 'message', message: { type: 'news', news } });
  expect([back.link, back.runs[0]!.run.step, steps(back.runs[0]!.curve), back.runs[0]!.name]).toEqual([
    'live',
    2,
    [1, 2],
    'pets',
  ]);
});

it('news of a run that was never seen are nothing, and one that is over stays as it was', () => {
  expect(after(EMPTY, { type: 'message', message: { type: 'opening' } }).runs).toEqual([]);
  expect(after(EMPTY, { type: 'message', message: { type: 'news', news: {} as never } }).runs).toEqual([]);
  expect(after(EMPTY, { type: 'data', data: { live: false, maySteer: false, runs: [] } }).link).toBe('still');
});
