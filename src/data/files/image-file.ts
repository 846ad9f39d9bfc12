import { fileKind } from './file-kind.ts';
import { imageType } from './image-type.ts';
import { readStart } from './regular-file.ts';

/** Names that say image, of kinds that are read here and of kinds that are not: those are named, not passed over. */
const NAMES =
  /\.(?:jpe?g|jpe|jfif|jfi|pjpeg|pjp|png|apng|webp|bmp|dib|gif|tiff?|heic|heif|hif|avif|jxl|jp2|j2k|p[bgnp]m|svg)$/i;
/** As many bytes as tell the kind of a file. */
const START = 512;

export function isImageName(name: string): boolean {
  return NAMES.test(name);
}

/** Whether a file is meant as an image: its name says so, or its content does. The one place where that is decided. */
export async function isImageFile(path: string): Promise<boolean> {
  return isImageName(path) || startsLikeImage(await readStart(path, START));
}

function startsLikeImage(bytes: Uint8Array): boolean {
  return imageType(bytes) !== null || (fileKind(bytes)?.endsWith(' image') ?? false);
}
