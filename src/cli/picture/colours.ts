/** From dark to light, told apart in grey and by the colour-blind. */
const STOPS = [
  [68, 1, 84],
  [59, 82, 139],
  [33, 145, 140],
  [94, 201, 98],
  [253, 231, 37],
] as const;

/** A colour for a share between 0 and 1; for what is no number, that of 0. */
export function colourOf(share: number): readonly [number, number, number] {
  const place = (Number.isNaN(share) ? 0 : Math.max(0, Math.min(1, share))) * (STOPS.length - 1);
  const lower = Math.min(STOPS.length - 2, Math.floor(place));
  const [from, to] = [STOPS[lower]!, STOPS[lower + 1]!];
  const mixed = (channel: 0 | 1 | 2): number =>
    Math.round(from[channel] + (to[channel] - from[channel]) * (place - lower));
  return [mixed(0), mixed(1), mixed(2)];
}

export function hexOf(share: number): string {
  return `#${colourOf(share)
    .map((part) => part.toString(16).padStart(2, '0'))
    .join('')}`;
}
