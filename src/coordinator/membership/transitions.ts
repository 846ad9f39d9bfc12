import type { PhaseName } from './model.ts';

/** Where a run may go from each phase. Besides, every phase may end: `finished`. */
export const TRANSITIONS: Readonly<Record<PhaseName, readonly PhaseName[]>> = {
  gathering: ['preparing'],
  preparing: ['gathering', 'connecting'],
  rewinding: ['gathering'],
  returning: ['training', 'halting', 'rewinding'],
  connecting: ['training', 'halting', 'agreeing', 'saving', 'gathering'],
  training: ['draining', 'halting', 'saving', 'rewinding'],
  draining: ['agreeing', 'halting', 'saving'],
  halting: ['agreeing', 'rewinding', 'saving'],
  agreeing: ['connecting', 'waiting', 'saving', 'halting', 'rewinding'],
  waiting: ['agreeing', 'connecting', 'saving', 'rewinding'],
  saving: ['rewinding'],
  finished: [],
};

/** All that there are. */
export const PHASES = Object.keys(TRANSITIONS) as readonly PhaseName[];

/** Whether that way was foreseen. To the same phase anew: with other workers, for another reason. */
export function isForeseen(from: PhaseName, to: PhaseName): boolean {
  return from === to || to === 'finished' || TRANSITIONS[from].includes(to);
}
