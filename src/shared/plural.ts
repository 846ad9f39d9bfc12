/** Made when it is first wanted: that takes as long as all of a short command's own work, and most counts are small. */
let whole: Intl.NumberFormat | null = null;

export function countText(n: number): string {
  if (Number.isInteger(n) && n >= 0 && n < 1000) return String(n);
  whole ??= new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
  return whole.format(n);
}

/** `1 worker`, `2 workers`, `2 classes`, `2 copies`. */
export function plural(n: number, noun: string): string {
  return `${countText(n)} ${nounFor(n, noun)}`;
}

/** The noun as it follows the number: of 1 worker, of 2 workers. */
export function nounFor(n: number, noun: string): string {
  if (n === 1) return noun;
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  // In an epoch it sounds as k.
  return /(s|x|z|sh|(?<!epo)ch)$/.test(noun) ? `${noun}es` : `${noun}s`;
}

export function isOrAre(n: number): string {
  return n === 1 ? 'is' : 'are';
}

/** `all 6 steps are`, `the only step is`. */
export function allAre(n: number, noun: string): string {
  return n === 1 ? `the only ${noun} is` : `all ${plural(n, noun)} are`;
}
