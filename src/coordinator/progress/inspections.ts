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

/** Looks that are shown at once. */
const MOST = 400;

/** Of more than can be shown, every second one goes until they can; the newest stays. */
export function thinned(inspections: readonly Inspection[]): readonly Inspection[] {
  if (inspections.length <= MOST) return inspections;
  return thinned(inspections.filter((_, index) => (inspections.length - 1 - index) % 2 === 0));
}
