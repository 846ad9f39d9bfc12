import { describe, expect, it } from 'vitest';
import {
  belongsBefore,
  type LedgerLine,
  linesIn,
  newestGeneration,
  prefixOf,
} from '../../../src/coordinator/store/ledger-lines.ts';
import { positionOf } from '../../../src/shared/plan/schedule.ts';
import { PLAN } from './plan.ts';

function step(number: number, generation = 1): LedgerLine {
  const { epoch, start, end } = positionOf(PLAN, number);
  return { type: 'step', generation, step: number, epoch, start, end, samples: end - start };
}
const epoch = (number: number): LedgerLine => ({ type: 'epoch', epoch: number, samples: 10 });
const change = (steps: number): LedgerLine => ({ type: 'change', steps, from: { lr: 1 }, to: { lr: 2 } });
const generation = (number: number, steps: number): LedgerLine => ({ type: 'generation', generation: number, steps });

const prefix = (lines: readonly (LedgerLine | undefined)[], most = Number.POSITIVE_INFINITY) =>
  prefixOf(lines, { plan: PLAN, firstStep: 0, steps: 0, most });

describe('the lines of a ledger that belong together', () => {
  it('owe the line of an epoch that its last step completes, until it is there', () => {
    expect(prefix([step(0), step(1)]).counted.owed).toBeNull();
    expect(prefix([step(0), step(1), step(2)]).counted.owed).toBe(0);
    expect(prefix([step(0), step(1), step(2), epoch(0)]).counted.owed).toBeNull();
  });

  it('end before a change that no step was trained with', () => {
    expect(prefix([step(0), change(1)])).toMatchObject({ kept: 1, counted: { changes: [] } });
    expect(prefix([step(0), change(1), generation(2, 1)])).toMatchObject({
      kept: 1,
      counted: { newest: generation(1, 0) },
    });
    expect(prefix([step(0), change(1), step(1)])).toMatchObject({ kept: 3, counted: { changes: [{ step: 1 }] } });
  });

  it('end where one is damaged or not to be kept, whatever comes behind', () => {
    expect(prefix([step(0), undefined, step(1), change(9)])).toMatchObject({ kept: 1, counted: { changes: [] } });
    expect(prefix([step(0), step(1), step(2)], 2)).toMatchObject({ kept: 2, lacks: null });
    expect(prefix([step(0), step(2)])).toMatchObject({ kept: 1 });
  });

  it('lack something where they do not reach the checkpoint', () => {
    const reach = (steps: number) =>
      prefixOf([step(0), step(1)], { plan: PLAN, firstStep: 0, steps, most: Number.POSITIVE_INFINITY }).lacks;
    expect(reach(2)).toBeNull();
    expect(reach(3)).toBe('it ends after 2 steps, but the checkpoint contains 3');
  });
});

it('of a checkpoint are the steps before it, the changes that they were trained with, and a generation that begins there', () => {
  const belong = (...lines: readonly LedgerLine[]) => lines.map((line) => belongsBefore(line, 5));
  expect(belong(step(4), step(5))).toEqual([true, false]);
  expect(belong(change(4), change(5))).toEqual([true, false]);
  expect(belong(generation(2, 5), generation(2, 6))).toEqual([true, false]);
});

it('the newest generation has the highest number, wherever it stands', () => {
  expect(newestGeneration([generation(1, 0), step(0, 1), generation(3, 1)])).toEqual(generation(3, 1));
  expect(newestGeneration([generation(3, 1), generation(2, 2)])).toEqual(generation(3, 1));
  expect(newestGeneration([generation(1, 0), step(0, 2)])).toEqual(generation(2, 0));
  expect(newestGeneration([generation(2, 0), step(0, 2)])).toEqual(generation(2, 0));
  expect(newestGeneration([])).toBeNull();
});

it('what was torn off is no line, and a whole one that lacks its end is one', () => {
  const text = JSON.stringify(epoch(0));
  expect(linesIn(Buffer.from(`${text}\n${text}\n`))).toEqual([epoch(0), epoch(0)]);
  expect(linesIn(Buffer.from(`${text}\n${text}`))).toEqual([epoch(0), epoch(0)]);
  for (let length = 1; length < text.length; length++) {
    expect(linesIn(Buffer.from(`${text}\n${text.slice(0, length)}`))).toEqual([epoch(0)]);
    expect(linesIn(Buffer.from(`${text.slice(0, length)}\n${text}`))).toEqual([undefined, epoch(0)]);
  }
});
