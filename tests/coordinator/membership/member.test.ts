import { expect, it } from 'vitest';
import { type MemberState, readyOf, shownState } from '../../../src/coordinator/membership/member.ts';

const ready = { step: 3, weightsDigest: 'd', engine: 'cpu', device: 'CPU', threads: 1 } as const;
const answer = { type: 'weights', step: 3, engineBusy: false } as Extract<MemberState, { name: 'halted' }>['answer'];
const healing = { ready, source: 'w1', follow: true } as const;

const STATES: readonly (readonly [MemberState, string])[] = [
  [{ name: 'preparing' }, 'preparing'],
  [{ name: 'ready', ready }, 'ready'],
  [{ name: 'healing', ...healing, step: null, heard: 0 }, 'healing'],
  [{ name: 'healed', ...healing, step: 3 }, 'healing'],
  [{ name: 'seated', ready, connected: false }, 'training'],
  [{ name: 'training', ready }, 'training'],
  [{ name: 'done', ready, step: 3 }, 'done'],
  [{ name: 'halted', ready, answer }, 'halted'],
  [{ name: 'away', before: { name: 'done', ready, step: 3 }, since: 0, until: 1, why: '' }, 'away'],
];

it.each(STATES)('a worker that is %o is shown as %s', (state, shown) => {
  expect(shownState({ state, leaving: false })).toBe(shown);
  expect(shownState({ state, leaving: true })).toBe('leaving');
});

it('a worker that is ready, and has no seat to wait for, is shown as a spare', () => {
  expect(shownState({ state: { name: 'ready', ready }, leaving: false }, true)).toBe('spare');
  expect(shownState({ state: { name: 'training', ready }, leaving: false }, true)).toBe('training');
});

it('what a worker said when it was ready is known from then on, whatever it becomes', () => {
  for (const [state] of STATES) expect(readyOf(state)).toBe(state.name === 'preparing' ? null : ready);
});
