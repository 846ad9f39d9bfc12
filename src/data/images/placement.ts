import type { Decoding } from '../../shared/protocol/shared.ts';

type Size = readonly [height: number, width: number];

/** How an image lies in the shape that it is to have: scaled to a size, of which a part is taken. */
export interface Placement {
  readonly scaled: Size;
  /** The first row and column that is taken. */
  readonly from: Size;
  readonly size: Size;
}

/** Where torchvision's Resize and CenterCrop would have it. */
export function placementOf(own: Size, size: Size, resize: Decoding['resize']): Placement {
  if (resize === 'squash') return { scaled: size, from: [0, 0], size };
  const scaled = resize === 'cover' ? covering(own, size) : withShorter(own, resize);
  return { scaled, from: [middle(scaled[0] - size[0]), middle(scaled[1] - size[1])], size };
}

/** The smallest size of the image's shape that covers `size`. */
function covering([height, width]: Size, [tall, wide]: Size): Size {
  return tall * width >= wide * height
    ? [tall, Math.max(wide, Math.trunc((tall * width) / height))]
    : [Math.max(tall, Math.trunc((wide * height) / width)), wide];
}

function withShorter([height, width]: Size, shorter: number): Size {
  return height <= width
    ? [shorter, Math.trunc((shorter * width) / height)]
    : [Math.trunc((shorter * height) / width), shorter];
}

/** Half of what is left over, rounded as Python rounds: a half to the even number. */
function middle(rest: number): number {
  const down = Math.floor(rest / 2);
  return rest % 2 === 0 || down % 2 === 0 ? down : down + 1;
}
