/** What one part of a divided operation works on: `count` items from `first` on. */
export interface Share {
  readonly first: number;
  readonly count: number;
}

/** Part `part` of `items`, divided into `parts` by whole units, as evenly as that goes. The last unit may be short. */
export function shareOf(items: number, unit: number, part: number, parts: number): Share {
  const units = Math.ceil(items / unit);
  const border = (index: number) => Math.min(Math.floor((units * index) / parts) * unit, items);
  return { first: border(part), count: border(part + 1) - border(part) };
}
