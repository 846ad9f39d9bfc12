import { z } from 'zod';
import { type Inspection, inspection } from '../../shared/protocol/inspection.ts';

/** Lines of inspect.jsonl. */
const inspectLine = inspection.extend({
  type: z.literal('inspection'),
  /** ISO 8601 */
  time: z.string(),
});
type InspectLine = z.infer<typeof inspectLine>;

/** Those of the lines that this version knows, by step. A line takes back what stands before it of its step and later ones. */
export function inspectionsIn(lines: readonly unknown[]): readonly Inspection[] {
  const kept: InspectLine[] = [];
  for (const line of lines) {
    const { data } = inspectLine.safeParse(line);
    if (data === undefined) continue;
    while ((kept.at(-1)?.step ?? -1) >= data.step) kept.pop();
    kept.push(data);
  }
  return kept;
}

/** Looks that are served at once. */
const MOST = 400;
/** Looks that a page draws: those of a deep network are 16 kB each. */
const DRAWN = 80;

/** Of more than `most`, every second one goes until they are no more; the newest stays. */
export function thinned(inspections: readonly Inspection[], most = MOST): readonly Inspection[] {
  if (inspections.length <= most) return inspections;
  const kept = inspections.filter((_, index) => (inspections.length - 1 - index) % 2 === 0);
  return thinned(kept, most);
}

/** For a page that has those of the first `step` steps. */
export function looksAfter(step: number, inspections: readonly Inspection[]): readonly Inspection[] {
  return thinned(
    inspections.filter((look) => look.step > step),
    DRAWN,
  );
}
