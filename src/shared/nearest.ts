/** Edits (insert, delete, replace, swap neighbours) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, beforeLast[j - 2]! + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

/**
 * The name that was probably meant, or null where none is really near: one slip, in long words two if the first letter is right,
 * so that neither `x` is taken for `lr` nor `output` for `cutout`; a beginning counts as near (`resnet` means `resnet18`).
 */
export function nearestName(given: string, names: readonly string[]): string | null {
  const wanted = given.toLowerCase();
  let best: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const other = name.toLowerCase();
    const starts = wanted.length >= 3 && other.startsWith(wanted);
    const distance = starts ? 1 : editDistance(wanted, other);
    const most = Math.min(wanted.length, other.length) >= 7 && wanted[0] === other[0] ? 2 : 1;
    if (distance <= most && distance < least && distance < wanted.length) {
      best = name;
      least = distance;
    }
  }
  return best;
}
