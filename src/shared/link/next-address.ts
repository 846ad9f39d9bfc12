/**
 * Options of `connect`. Where a host has several addresses, Node goes on to the next one after 250 ms, and never comes back: over a line
 * that takes longer than that, or where the first packet is lost, all but the last address would count as dead.
 */
export const NEXT_ADDRESS = { autoSelectFamilyAttemptTimeout: 1_500 } as const;
