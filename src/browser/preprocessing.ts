/** How an exported model wants its images, as its metadata say. */
export interface Preprocessing {
  readonly size: readonly [height: number, width: number];
  readonly color: 'gray' | 'rgb';
  /** A number: the shorter side is scaled to it, then the middle taken. */
  readonly resize: 'cover' | 'squash' | number;
  readonly interpolation: 'lanczos' | 'bilinear' | 'bicubic';
  /** Whose: each rounds in its own way. */
  readonly arithmetic: 'libvips' | 'pillow';
  readonly colorProfile: 'apply' | 'ignore';
}
