/** Where in a step a process may be ended; as in src/worker/training/faults.ts. */
export const POINTS = [
  'before-send',
  'half-sent',
  'all-sent',
  'half-received',
  'before-commit',
  'after-commit',
  'checkpointing',
  'evaluating',
] as const;
export type Point = (typeof POINTS)[number];

/** After so many steps of drill.ts's job a checkpoint, or an evaluation, is due. */
export const CHECKPOINT_STEPS = [4, 8, 12] as const;
export const EVALUATION_STEPS = [5, 10, 15] as const;

/** `npm run test:fault`; else a part that is done in minutes. */
export const ALL_FAULTS = process.env['ALL_FAULTS'] === '1';
