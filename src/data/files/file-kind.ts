/**
 * What a file is by its first bytes, for sentences about files that are not what was expected: pictures of other kinds,
 * archives, other datasets' containers, and what downloads leave behind. Continues `it is `; null: who knows.
 */
export function fileKind(bytes: Uint8Array): string | null {
  const known = SIGNATURES.find(({ offset = 0, starts }) => starts.some((start) => holds(bytes, offset, start)));
  if (known !== undefined) return known.kind;
  return mediaKind(bytes) ?? textKind(bytes) ?? (isZeros(bytes) ? 'nothing but zeros, as a broken copy leaves' : null);
}

interface Signature {
  readonly kind: string;
  readonly offset?: number;
  /** Latin-1 texts. */
  readonly starts: readonly string[];
}

const SIGNATURES: readonly Signature[] = [
  { kind: 'a GIF image', starts: ['GIF87a', 'GIF89a'] },
  { kind: 'a TIFF image', starts: ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'] },
  { kind: 'a Photoshop (PSD) image', starts: ['8BPS'] },
  { kind: 'a JPEG 2000 image', starts: ['\0\0\0\x0cjP  \r\n\x87\n', '\xff\x4f\xff\x51'] },
  { kind: 'a JPEG XL image', starts: ['\xff\x0a', '\0\0\0\x0cJXL \r\n\x87\n'] },
  { kind: 'a JPEG XR image', starts: ['II\xbc'] },
  { kind: 'a TGA image', starts: ['\0\0\x02\0\0\0\0\0', '\0\0\x0a\0\0\0\0\0'] },
  { kind: 'an icon (ICO)', starts: ['\0\0\x01\0', '\0\0\x02\0', 'icns'] },
  { kind: 'a PNM image', starts: ['P1\n', 'P2\n', 'P3\n', 'P4\n', 'P5\n', 'P6\n', 'P7\n', 'P5 ', 'P6 '] },
  { kind: 'a QOI image', starts: ['qoif'] },
  { kind: 'an OpenEXR image', starts: ['v/1\x01'] },
  { kind: 'a Radiance HDR image', starts: ['#?RADIANCE', '#?RGBE'] },
  { kind: 'a DDS image', starts: ['DDS '] },
  { kind: 'a GIMP (XCF) image', starts: ['gimp xcf'] },
  { kind: 'a DICOM image', offset: 128, starts: ['DICM'] },
  { kind: 'a PDF document', starts: ['%PDF'] },
  { kind: 'a PostScript document', starts: ['%!PS'] },
  { kind: 'a zip archive', starts: ['PK\x03\x04', 'PK\x05\x06', 'PK\x07\x08'] },
  { kind: 'a gzip file', starts: ['\x1f\x8b'] },
  { kind: 'a bzip2 file', starts: ['BZh'] },
  { kind: 'an xz file', starts: ['\xfd7zXZ\0'] },
  { kind: 'a zstd file', starts: ['\x28\xb5\x2f\xfd'] },
  { kind: 'a RAR archive', starts: ['Rar!\x1a\x07'] },
  { kind: 'a 7z archive', starts: ['7z\xbc\xaf\x27\x1c'] },
  { kind: 'a tar archive', offset: 257, starts: ['ustar'] },
  { kind: 'a Parquet file', starts: ['PAR1'] },
  { kind: 'an Arrow file', starts: ['ARROW1'] },
  { kind: 'an HDF5 file', starts: ['\x89HDF\r\n\x1a\n'] },
  { kind: 'a NumPy array', starts: ['\x93NUMPY'] },
  { kind: 'a MATLAB file', starts: ['MATLAB 5.0 MAT-file', 'MATLAB 7.'] },
  { kind: 'an SQLite database', starts: ['SQLite format 3\0'] },
  { kind: 'a Python pickle', starts: ['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05'] },
  { kind: "a file of macOS's own data (AppleDouble)", starts: ['\0\x05\x16\x07', '\0\x05\x16\0'] },
  { kind: 'a thumbnail cache or an old Office document', starts: ['\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'] },
  { kind: 'a Matroska or WebM video', starts: ['\x1a\x45\xdf\xa3'] },
  { kind: 'a sound or video file (Ogg)', starts: ['OggS'] },
];

/** Containers that tell their kind in a second place. */
function mediaKind(bytes: Uint8Array): string | null {
  // Two letters alone say little: the reserved bytes of the header are zero.
  if (holds(bytes, 0, 'BM') && holds(bytes, 6, '\0\0\0\0')) return 'a BMP image';
  if (holds(bytes, 0, 'RIFF')) return 'a sound or video file (RIFF)';
  if (!holds(bytes, 4, 'ftyp')) return null;
  const brand = latin(bytes.subarray(8, 12));
  if (brand === 'avif' || brand === 'avis') return 'an AVIF image';
  if (/^(?:hei[cxms]|hev[cxms]|mif1|msf1)$/.test(brand)) return 'a HEIC image';
  return 'a video (MP4 or its like)';
}

const LOOKED_AT = 1024;

function textKind(bytes: Uint8Array): string | null {
  const start = bytes.subarray(0, LOOKED_AT);
  if (start.length === 0 || start.some((byte) => byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13))
    return null;
  const text = latin(start)
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return 'a Git LFS pointer instead of the file (run `git lfs pull` where it came from)';
  }
  if (/^[./]*(?:\.git\/)?annex\/objects\//.test(text)) {
    return 'a git-annex pointer instead of the file (run `git annex get` where it came from)';
  }
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<!DOCTYPE svg[^>]*>\s*)?<svg[\s>]/is.test(text))
    return 'an SVG drawing';
  if (/^(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)[\s>]/is.test(text)) {
    return 'a web page, as a failed download leaves';
  }
  if (text.startsWith('<?xml')) return 'an XML file';
  if (/^data:image\//i.test(text)) return 'an image as a data URL';
  return 'text';
}

function isZeros(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.every((byte) => byte === 0);
}

function latin(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function holds(bytes: Uint8Array, offset: number, start: string): boolean {
  return latin(bytes.subarray(offset, offset + start.length)) === start;
}
