import { verdictAt } from './disputed.ts';
import type { Facts, Terms } from './facts.ts';
import type { Member } from './member.ts';
import { isBlameless, type RunModel } from './model.ts';
import type { World } from './next.ts';
import { countOf, tallyOf } from './tally.ts';
import { probeAt } from './probing.ts';
import { missedAfter, stallAfter } from './patience.ts';

/** When the machine has to look again although nothing happened; null: never. What is past has been looked at. */
export function wakeAt(model: RunModel, { now, facts, terms }: World): number | null {
  // Nothing else is waited for then.
  if (facts.dispute !== null) {
    const at = verdictAt(model, facts.dispute, { facts, terms });
    return model.phase.name === 'finished' || at <= now ? null : at;
  }
  const times = [...ofPhase(model, facts, terms), ...ofMembers(model, facts, terms)];
  const probe = probeAt(model, facts, terms);
  if (probe !== null) times.push(probe);
  if (model.stopping !== null && model.phase.name !== 'finished') times.push(model.stopping.lookAt);
  const coming = times.filter((at) => at > now);
  return coming.length === 0 ? null : Math.min(...coming);
}

function ofPhase(model: RunModel, facts: Facts, { deadlines }: Terms): number[] {
  const { phase, hold } = model;
  switch (phase.name) {
    case 'gathering':
      return [phase.until, phase.remindAt, phase.since + deadlines.regather];
    case 'training':
      return [
        facts.lastHeard + stallAfter(facts.pace, deadlines, isBlameless(model, facts)),
        ...(phase.admitAt === null ? [] : [phase.admitAt]),
        ...(phase.remindAt === null ? [] : [phase.remindAt]),
        ...(facts.early === null ? [] : [facts.lastPart + deadlines.uploadPart]),
      ];
    case 'agreeing':
      return [phase.until, phase.until - deadlines.heal + deadlines.admit];
    case 'waiting': {
      const given = Math.max(phase.since, facts.lastPart) + deadlines.uploadPart;
      const held = hold === 'save' ? [given] : [];
      return [phase.until, phase.remindAt, ...(phase.parkAt === null ? [] : [phase.parkAt]), ...held];
    }
    case 'saving':
      return phase.until === null ? [] : [phase.until];
    case 'preparing':
    case 'returning':
    case 'connecting':
    case 'draining':
    case 'halting':
      return [phase.until];
    case 'rewinding':
      return [];
    case 'finished':
      return [];
  }
}

/** Those with times of their own, which few have; for as long as the members are as they are. */
const timed = new WeakMap<RunModel['members'], readonly Member[]>();

function timedAmong(members: RunModel['members']): readonly Member[] {
  if (countOf(tallyOf(members).all, 'healing', 'away') === 0) return [];
  const known = timed.get(members) ?? members.filter(({ state: { name } }) => name === 'healing' || name === 'away');
  timed.set(members, known);
  return known;
}

function ofMembers({ members, phase }: RunModel, facts: Facts, { deadlines }: Terms): number[] {
  if (phase.name === 'finished') return [];
  return timedAmong(members).flatMap(({ state }) => {
    if (state.name === 'healing' && phase.name === 'agreeing') return [state.heard + deadlines.heal];
    if (state.name !== 'away') return [];
    if (phase.name !== 'training') return [state.until];
    return [state.until, facts.lastHeard + missedAfter(facts.pace, deadlines), state.since + deadlines.gather];
  });
}
