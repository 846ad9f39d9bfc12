/** Of a run, or of what runs many. */
interface Event {
  readonly type: string;
}

/** One event as one JSON object. */
export function jsonLine(event: Event, now: Date): string {
  return JSON.stringify({ time: now.toISOString(), ...event });
}

/** One event as `time=... event=... key=value`, for logs: every value can be found by its key. */
export function keyValueLine(event: Event, now: Date): string {
  const { type, ...rest } = event;
  const values = Object.entries(flat(rest)).map(([key, value]) => `${snake(key)}=${word(value)}`);
  return [`time=${now.toISOString()}`, `event=${snake(type)}`, ...values].join(' ');
}

/** Nested objects with their names before: `times.compute` becomes `times_compute`. */
function flat(values: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null
        ? Object.entries(flat(value as Record<string, unknown>, `${prefix}${key}_`))
        : [[`${prefix}${key}`, value]],
    ),
  );
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function word(value: unknown): string {
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toPrecision(6)));
  const text = String(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}
