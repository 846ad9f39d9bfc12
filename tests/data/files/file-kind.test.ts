import { expect, test } from 'vitest';
import { fileKind } from '../../../src/data/files/file-kind.ts';

const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

test.each([
  ['GIF89a', 'a GIF image'],
  ['BM\x36\x24\0\0\0\0\0\0\x36\0\0\0', 'a BMP image'],
  ['II*\0\x08\0\0\0', 'a TIFF image'],
  ['\0\0\x02\0\0\0\0\0\0\0\0\0\x20\0', 'a TGA image'],
  ['\0\0\x02\0\x01\0\x20\x20', 'an icon (ICO)'],
  ['8BPS\0\x01', 'a Photoshop (PSD) image'],
  ['\0\0\0\x0cjP  \r\n\x87\n', 'a JPEG 2000 image'],
  ['\xff\x4f\xff\x51\0', 'a JPEG 2000 image'],
  ['\xff\x0a\xfa', 'a JPEG XL image'],
  ['\0\0\0\x20ftypavif', 'an AVIF image'],
  ['\0\0\0\x18ftypheic', 'a HEIC image'],
  ['\0\0\0\x18ftypmp42', 'a video (MP4 or its like)'],
  ['<?xml version="1.0"?>\n<svg xmlns="x">', 'an SVG drawing'],
  ['\n<!DOCTYPE html><html>', 'a web page, as a failed download leaves'],
  ['<?xml version="1.0"?><Error><Code>AccessDenied</Code>', 'an XML file'],
  [
    'version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 3\n',
    'a Git LFS pointer instead of the file (run `git lfs pull` where it came from)',
  ],
  [
    '/annex/objects/SHA256E-s3--12.jpg\n',
    'a git-annex pointer instead of the file (run `git annex get` where it came from)',
  ],
  ['PK\x03\x04', 'a zip archive'],
  ['\x1f\x8b\x08', 'a gzip file'],
  [`${'a'.repeat(100)}${'\0'.repeat(157)}ustar\x0000`, 'a tar archive'],
  ['\x89HDF\r\n\x1a\n', 'an HDF5 file'],
  ['\x80\x02}q\x00', 'a Python pickle'],
  ['\0\0\0\0\0\0', 'nothing but zeros, as a broken copy leaves'],
  ['404: Not Found', 'text'],
  ['', null],
  ['\x01\x02\x03\xff', null],
])('the kind of a file is told by its first bytes: %j', (start, kind) => {
  expect(fileKind(latin(start))).toBe(kind);
});
