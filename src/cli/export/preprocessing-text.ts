import type { DatasetDescription } from '../../shared/protocol/shared.ts';

/** For people: what was done to an image before the network got it. */
export function preprocessingText({
  imageShape,
  decoding,
}: Pick<DatasetDescription, 'imageShape' | 'decoding'>): string {
  const [height, width] = imageShape;
  const { resize, interpolation, colourProfile } = decoding ?? {
    resize: 'cover',
    interpolation: 'lanczos',
    colourProfile: 'apply',
  };
  const size = `${height}x${width}`;
  const how = `(${interpolation}, antialiased)`;
  const profile = colourProfile === 'apply' ? 'color profiles converted to sRGB' : 'color profiles ignored';
  const grey = imageShape[2] === 1 ? ', color made gray by ITU-R 601' : '';
  return `turned upright, ${scaling()}, ${profile}${grey}`;

  function scaling(): string {
    if (resize === 'squash') return `scaled to ${size} whatever the shape ${how}`;
    if (resize === 'cover') return `scaled to cover ${size} ${how} and cropped around the center`;
    return `the shorter side scaled to ${resize} ${how}, the middle ${size} taken`;
  }
}
