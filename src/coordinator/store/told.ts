import { z } from 'zod';
import type { RunEvent } from '../progress/events.ts';
import { readLines } from './line-file.ts';

export type Failure = Pick<Extract<RunEvent, { readonly type: 'failed' }>, 'code' | 'message'>;
type DatasetEvent = Pick<Extract<RunEvent, { readonly type: 'dataset' }>, 'type' | 'classes'>;
type FailedEvent = Failure & { readonly type: 'failed' };

/** What of a run stands nowhere but among its events, which `Archive.log` writes to the coordinator's log. */
export interface Told {
  /** The newest; null: the run never failed. */
  readonly failure: Failure | null;
  /** How many the dataset has; null: the dataset was never opened. */
  readonly classes: number | null;
}

const datasetEvent: z.ZodType<DatasetEvent> = z.object({ type: z.literal('dataset'), classes: z.int() });
const failedEvent: z.ZodType<FailedEvent> = z.object({
  type: z.literal('failed'),
  code: z.string(),
  message: z.string(),
});
const logged = z.object({ event: z.union([datasetEvent, failedEvent]) });

/** `file`: logs/coordinator.log of a run. */
export async function readTold(file: string): Promise<Told> {
  const events = (await readLines(file)).flatMap((line) => logged.safeParse(line).data?.event ?? []);
  const failed = events.findLast((event) => event.type === 'failed');
  return {
    failure: failed === undefined ? null : { code: failed.code, message: failed.message },
    classes: events.findLast((event) => event.type === 'dataset')?.classes ?? null,
  };
}
