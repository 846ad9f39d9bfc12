import { closeSync, createReadStream, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * One trace out of those of several processes: a JSON object that chrome://tracing and Perfetto open. `since` is the
 * clock's time that becomes zero. Lines that a process did not write to their end are left out. Returns how many events.
 */
export async function mergeTraces(files: readonly string[], into: string, since: number): Promise<number> {
  const descriptor = openSync(into, 'w');
  let events = 0;
  try {
    writeSync(descriptor, '{"displayTimeUnit":"ms","traceEvents":[');
    for (const file of files) {
      for await (const line of createInterface({ input: createReadStream(file) })) {
        const event = eventOf(line);
        if (event === null) continue;
        if (event.ts !== undefined) event.ts -= since;
        writeSync(descriptor, `${events === 0 ? '' : ','}\n${JSON.stringify(event)}`);
        events++;
      }
    }
    writeSync(descriptor, '\n]}\n');
  } finally {
    closeSync(descriptor);
  }
  return events;
}

function eventOf(line: string): { ts?: number } | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line.endsWith(',') ? line.slice(0, -1) : line) as { ts?: number };
  } catch {
    return null;
  }
}
