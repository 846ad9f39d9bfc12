export type ImageType = 'jpeg' | 'png' | 'webp';

/** JPEG, PNG or WebP by their first bytes: names of files lie, and libvips would open far more than we promise. */
export function imageType(bytes: Uint8Array): ImageType | null {
  if (holds(bytes, 0, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (holds(bytes, 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])) return 'png';
  if (holds(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && holds(bytes, 8, [0x57, 0x45, 0x42, 0x50])) return 'webp';
  return null;
}

const IEND = [0x49, 0x45, 0x4e, 0x44];

/** By the lengths that PNG and WebP state. JPEG states none: its decoder notices. */
export function endsEarly(type: ImageType, bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === 'webp') return bytes.length < 8 + view.getUint32(4, true);
  if (type === 'jpeg') return false;
  // A PNG is chunks of length, type, content, checksum, up to IEND.
  let offset = 8;
  while (offset + 12 <= bytes.length) {
    const next = offset + 12 + view.getUint32(offset);
    if (holds(bytes, offset + 4, IEND)) return next > bytes.length;
    offset = next;
  }
  return true;
}

function holds(bytes: Uint8Array, offset: number, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[offset + index] === byte);
}
