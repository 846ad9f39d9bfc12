import type { Member } from './member.ts';

/** Where each was found last, by id. Only a guess: there are other members with each that comes or changes. */
const guesses = new Map<string, number>();

/**
 * The place of a member in a list; -1: it is not in it. Members keep their places as a rule, whatever changes of them, and of thousands
 * each asks for its own with all that it says.
 */
export function placeOf(members: readonly Pick<Member, 'id'>[], id: string): number {
  const guess = guesses.get(id);
  if (guess !== undefined && members[guess]?.id === id) return guess;
  // Whoever was not found before has just come.
  const place = members.findLastIndex((one) => one.id === id);
  // Of those that are gone some are left: not for ever.
  if (guesses.size > 2 * members.length + 1_000) guesses.clear();
  if (place !== -1) guesses.set(id, place);
  return place;
}

export function memberIn(members: readonly Member[], id: string): Member | undefined {
  return members[placeOf(members, id)];
}
