/** Numbers as people read them. What is not there is a dash. */

const DASH = '–';

/** A loss, a rate or a norm: four digits. Large ones as `1.25e30`, for which an axis has room. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return DASH;
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const isBrief = magnitude >= 1e-3 && magnitude < 1e5;
  return isBrief ? String(Number(value.toPrecision(4))) : value.toExponential(2).replace('e+', 'e');
}

export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share) ? DASH : `${(share * 100).toFixed(1)} %`;
}

export function count(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? DASH
    : Math.round(value).toLocaleString('en');
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return DASH;
  if (seconds < 0.9995) return `${(seconds * 1000).toPrecision(3)} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  // Rounded before it is divided: there are no 60 seconds beside a minute.
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function size(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return DASH;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** power).toPrecision(3))} ${units[power]}`;
}

export function plural(n: number, one: string): string {
  return `${n.toLocaleString('en')} ${one}${n === 1 ? '' : 's'}`;
}

/** Of a moment: the hour, in the time of whoever looks. */
export function clock(time: string | number): string {
  return new Date(time).toLocaleTimeString('en-GB');
}
