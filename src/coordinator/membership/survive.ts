import { EXIT } from '../../shared/errors.ts';
import { DIVERGED } from '../../shared/checkpoint/finite.ts';

/** Exit codes of what would happen to the next worker just as well: the data, the settings. */
const OF_THE_RUN: ReadonlySet<number> = new Set([EXIT.usage, EXIT.badData, EXIT.configuration, EXIT.diverged]);

/** Whether a run can go on without a worker that said why it cannot. */
export function survives(failed: { readonly code: string; readonly exitCode: number }): {
  readonly goesOn: boolean;
  readonly why: string;
} {
  if (OF_THE_RUN.has(failed.exitCode) || failed.code === DIVERGED || failed.code === 'REPLICAS_DIVERGED') {
    return { goesOn: false, why: `${failed.code} would meet every worker` };
  }
  return { goesOn: true, why: `${failed.code} is this worker's own` };
}
