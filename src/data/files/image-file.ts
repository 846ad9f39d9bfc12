import { fileKind } from './file-kind.ts';
import { imageType } from './image-type.ts';
import { readStart } from './regular-file.ts';

/** Endings of names, of kinds that are read here. */
const READ = /\.(?:jpe?g|jpe|jfif|jfi|pjpeg|pjp|png|apng|webp)$/i;
/** And of kinds that are not: those are named, not passed over. */
const UNREAD = /\.(?:bmp|dib|gif|tiff?|heic|heif|hif|avif|jxl|jp2|j2k|p[bgnp]m|svg)$/i;
/** As many bytes as tell the kind of a file. */
const START = 512;

export function isImageName(name: string): boolean {
  return READ.test(name) || UNREAD.test(name);
}

/** Whether a name says that this is an image of a kind that is not read here. */
export function isUnreadImageName(name: string): boolean {
  return UNREAD.test(name);
}

/** `1` of `1.jpg`. */
export function withoutImageEnding(name: string): string {
  return name.replace(READ.test(name) ? READ : UNREAD, '');
}

/** Whether a file is meant as an image: its name says so, or its content does. The one place where that is decided. */
export async function isImageFile(path: string): Promise<boolean> {
  return isImageName(path) || startsLikeImage(await readStart(path, START));
}

function startsLikeImage(bytes: Uint8Array): boolean {
  return imageType(bytes) !== null || (fileKind(bytes)?.endsWith(' image') ?? false);
}
