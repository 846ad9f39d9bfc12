/** Colors that most color-blind readers tell apart, dark enough for lines on white. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#b8418f', '#c28a00', '#3aa0d8', '#6a4fb0', '#5f6a72'] as const;
/** Behind the last color they begin again, with another dash. */
const DASHES = ['', '6 3', '2 3', '8 3 2 3'] as const;

export interface Style {
  readonly color: string;
  /** stroke-dasharray; empty: solid. */
  readonly dash: string;
  /** Besides the color, so that a print in gray can be read. */
  readonly shape: 'circle' | 'square' | 'triangle' | 'diamond';
}

const SHAPES = ['circle', 'square', 'triangle', 'diamond'] as const;

export function styleOf(index: number): Style {
  return {
    color: COLORS[index % COLORS.length]!,
    dash: DASHES[Math.floor(index / COLORS.length) % DASHES.length]!,
    shape: SHAPES[index % SHAPES.length]!,
  };
}

export interface Shade {
  readonly fill: string;
  /** Legible on it. */
  readonly ink: string;
}

const LIGHT = [236, 243, 250] as const;
const MIDDLE = [107, 163, 207] as const;
const DARK = [11, 72, 125] as const;

/** From light to dark, for `share` from 0 to 1. */
export function shadeOf(share: number): Shade {
  const [from, to, part] = share < 0.5 ? [LIGHT, MIDDLE, share * 2] : [MIDDLE, DARK, share * 2 - 1];
  const mixed = from.map((value, index) => Math.round(value + (to[index]! - value) * part));
  return { fill: `rgb(${mixed.join(',')})`, ink: share > 0.55 ? '#fff' : '#16222c' };
}
