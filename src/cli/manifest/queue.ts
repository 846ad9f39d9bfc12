import type { Plan } from './plan.ts';

/** By which Kueue knows what it is to admit. What it admits begins suspended. */
export function queueLabel({ queue }: Plan): Readonly<Record<string, string>> {
  return queue === null ? {} : { 'kueue.x-k8s.io/queue-name': queue };
}
