import { expect, it } from 'vitest';
import {
  afterDone,
  afterHalt,
  answerOf,
  doneOf,
  type MemberState,
  readyOf,
  shownState,
} from '../../../src/coordinator/membership/member.ts';

const ready = { type: 'ready', engine: 'cpu' } as Extract<MemberState, { name: 'ready' }>['ready'];
const done = { type: 'done', step: 3, stopped: false } as const;
const answer = { type: 'weights', step: 3, engineBusy: false } as Extract<MemberState, { name: 'halted' }>['answer'];
const seated = { name: 'seated', ready } as const;

it('a member is done once, from its seat, whether or not it was told to halt meanwhile', () => {
  const through = afterDone(seated, done)!;
  expect(through).toEqual({ name: 'done', ready, done });
  expect(afterDone(through, done)).toBeNull();
  const halted = afterHalt(seated, answer)!;
  expect(doneOf(halted)).toBeNull();
  const both = afterDone(halted, done)!;
  expect([doneOf(both), answerOf(both)]).toEqual([done, answer]);
  expect(afterDone(both, done)).toBeNull();
  for (const state of [{ name: 'preparing' }, { name: 'ready', ready }] as const) {
    expect(afterDone(state, done)).toBeNull();
  }
});

it('a member that halts keeps what it was, and what it said before', () => {
  const halted = afterHalt(afterDone(seated, done)!, answer)!;
  expect([shownState(halted), readyOf(halted), doneOf(halted)]).toEqual(['done', ready, done]);
  const later = { ...answer, step: 4 };
  expect(answerOf(afterHalt(halted, later)!)).toEqual(later);
  expect(shownState(afterHalt(seated, answer)!)).toBe('training');
  expect(shownState(afterHalt({ name: 'ready', ready }, answer)!)).toBe('ready');
  expect(afterHalt({ name: 'preparing' }, answer)).toBeNull();
});
