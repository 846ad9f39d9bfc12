/** Colours that most colour-blind readers tell apart, dark enough for lines on white. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#b8418f', '#c28a00', '#3aa0d8', '#6a4fb0', '#5f6a72'] as const;
/** Behind the last colour they begin again, with another dash. */
const DASHES = ['', '6 3', '2 3', '8 3 2 3'] as const;

export interface Style {
  readonly colour: string;
  /** stroke-dasharray; empty: solid. */
  readonly dash: string;
  /** Besides the colour, so that a print in grey can be read. */
  readonly shape: 'circle' | 'square' | 'triangle' | 'diamond';
}

const SHAPES = ['circle', 'square', 'triangle', 'diamond'] as const;

export function styleOf(index: number): Style {
  return {
    colour: COLOURS[index % COLOURS.length]!,
    dash: DASHES[Math.floor(index / COLOURS.length) % DASHES.length]!,
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
