export type ImageType = 'jpeg' | 'png' | 'webp';

/** JPEG, PNG or WebP by their first bytes: names of files lie, and libvips would open far more than we promise. */
export function imageType(bytes: Uint8Array): ImageType | null {
  if (holds(bytes, 0, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (holds(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (holds(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && holds(bytes, 8, [0x57, 0x45, 0x42, 0x50])) return 'webp';
  return null;
}

const END_OF_IMAGE = 0xd9;
const START_OF_SCAN = 0xda;
const IEND = [0x49, 0x45, 0x4e, 0x44];

/** Whether the file stops before the end that its own structure states. */
export function endsEarly(type: ImageType, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 'webp') return bytes.length < 8 + view.getUint32(4, true);
  return type === 'png' ? pngEndsEarly(bytes, view) : jpegEndsEarly(bytes, view);
}

/** What a copy that was broken off leaves are whole blocks of zeros; what programs put behind an image is less. */
const BLOCK = 4096;

export function endsInZeros(bytes: Uint8Array): boolean {
  return bytes.length > BLOCK && bytes.subarray(-BLOCK).every((byte) => byte === 0);
}

/** A PNG is chunks of length, type, content, checksum, up to IEND. */
function pngEndsEarly(bytes: Uint8Array, view: DataView): boolean {
  let offset = 8;
  while (offset + 12 <= bytes.length) {
    const next = offset + 12 + view.getUint32(offset);
    if (holds(bytes, offset + 4, IEND)) return next > bytes.length;
    offset = next;
  }
  return true;
}

/** A JPEG is markers, most with a length and content; after a start of scan come pixels up to the next true marker. */
function jpegEndsEarly(bytes: Uint8Array, view: DataView): boolean {
  let offset = 2;
  while (offset + 1 < bytes.length) {
    const marker = bytes[offset + 1]!;
    // What is no marker is damage of another kind.
    if (bytes[offset] !== 0xff || marker === END_OF_IMAGE) return false;
    if (marker === 0xff) offset += 1;
    else if (isBare(marker)) offset += 2;
    else if (offset + 4 > bytes.length) return true;
    else offset += 2 + view.getUint16(offset + 2);
    if (marker === START_OF_SCAN) {
      while (offset + 1 < bytes.length && !(bytes[offset] === 0xff && !isBare(bytes[offset + 1]!))) offset++;
    }
  }
  return true;
}

/** Frames by their marker, of the kinds that decoders leave out. */
const RARE_FRAMES: Readonly<Record<number, string>> = {
  0xc3: 'lossless JPEG',
  0xc5: 'hierarchical JPEG',
  0xc6: 'hierarchical JPEG',
  0xc7: 'hierarchical JPEG',
  0xc9: 'arithmetic-coded JPEG',
  0xca: 'arithmetic-coded JPEG',
  0xcb: 'arithmetic-coded lossless JPEG',
  0xcd: 'hierarchical JPEG',
  0xce: 'hierarchical JPEG',
  0xcf: 'hierarchical JPEG',
  0xf7: 'JPEG-LS',
};
/** Those of them that the decoder at hand takes nevertheless. */
const MAY_DECODE: readonly number[] = [0xc3, 0xc9, 0xca];

/** The kind of a JPEG that is whole and yet not for every decoder, as its frame header states it; null: an ordinary one. */
export function rareJpeg(bytes: Uint8Array): { readonly kind: string; readonly mayDecode: boolean } | null {
  let offset = 2;
  while (offset + 4 < bytes.length && bytes[offset] === 0xff) {
    const marker = bytes[offset + 1]!;
    if (marker === 0xff) offset += 1;
    else if (isBare(marker)) offset += 2;
    else if (isFrame(marker)) {
      const kind = RARE_FRAMES[marker];
      const bits = bytes[offset + 4]!;
      if (bits !== 8) return { kind: `${bits}-bit ${kind ?? 'JPEG'}`, mayDecode: false };
      return kind === undefined ? null : { kind, mayDecode: MAY_DECODE.includes(marker) };
    } else if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return null;
    else offset += 2 + ((bytes[offset + 2]! << 8) | bytes[offset + 3]!);
  }
  return null;
}

/** Between them lie tables: Huffman's (C4), JPG (C8) and arithmetic conditioning (CC). */
function isFrame(marker: number): boolean {
  return marker === 0xf7 || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
}

/** Markers without content: restarts between pixels, and the escape of a pixel byte that looks like a marker. */
function isBare(marker: number): boolean {
  return marker <= 1 || (marker >= 0xd0 && marker <= 0xd7);
}

function holds(bytes: Uint8Array, offset: number, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[offset + index] === byte);
}
