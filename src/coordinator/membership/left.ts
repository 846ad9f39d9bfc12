import { type TrainingPlan, totalSteps } from '../../shared/plan/schedule.ts';
import type { Job } from '../../shared/job/schema.ts';
import { howToTrainOn } from '../progress/course-change.ts';
import { allAre, countText, isOrAre, plural } from '../../shared/plural.ts';

export interface Left {
  readonly work: 'steps' | 'evaluation' | 'none';
  /** For the user, where something is out of the ordinary. */
  readonly sentence: string | null;
}

/** What a run that has committed `done` steps still lacks. `evaluated`: the weights after the last of them were. */
export function whatIsLeft(
  plan: TrainingPlan,
  job: Pick<Job, 'schedule'>,
  done: number,
  { evaluates, evaluated }: { readonly evaluates: boolean; readonly evaluated: boolean },
): Left {
  const steps = totalSteps(plan);
  if (done < steps) return { work: 'steps', sentence: null };
  if (done === steps && evaluates && !evaluated) {
    return {
      work: 'evaluation',
      sentence: `${capital(allAre(steps, 'step'))} done; only the last evaluation is missing.`,
    };
  }
  const asked =
    done === steps
      ? `${allAre(steps, 'step')} done`
      : `it has ${plural(done, 'step')}, and ${countText(steps)} ${isOrAre(steps)} asked for`;
  return { work: 'none', sentence: `This run is complete: ${asked}. ${howToTrainOn(job)}` };
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
