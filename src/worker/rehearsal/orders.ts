import { z } from 'zod';

/** What whoever launched a worker may order it to do to itself, for a rehearsal. */
export const orderSchema = z.object({
  /** drop: all connections break, and new ones for so long. delay: the transport thread stands still. slow: computes at a third of its pace. corrupt: a bit of the parameters flips. */
  fault: z.enum(['drop', 'delay', 'slow', 'corrupt']),
  seconds: z.number().nonnegative(),
});
export type Order = z.infer<typeof orderSchema>;

const VARIABLE = 'GRADSOCKET_REHEARSAL';

/** In the environment of a worker that is to obey. */
export const OBEYING: Readonly<Record<string, string>> = { [VARIABLE]: '1' };

/** Whether this process was started to obey: no other ever listens. */
export function obeys(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment[VARIABLE] === '1';
}

/** The name under which the threads of a worker hear of orders. */
export const ORDERS = 'gradsocket-rehearsal';
