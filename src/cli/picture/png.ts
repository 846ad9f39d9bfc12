import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { OWN_PICTURE } from '../../data/files/own-picture.ts';
import { encodePng } from '../../data/images/encode.ts';
import { whyDenied } from '../../shared/denied.ts';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Canvas } from './canvas.ts';

/** Where the header's chunk ends: after the signature of 8 bytes. */
const AFTER_HEADER = 8 + 25;

/** Writes a picture as a PNG file, which says that it is ours. */
export async function writePng({ pixels, width, height }: Canvas, file: string): Promise<void> {
  const bytes = await encodePng(pixels, [height, width, 3]);
  await writeFile(file, signed(bytes)).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'its folder does not exist' : (whyDenied(error) ?? error.message);
    const sentence = `${file} cannot be written: ${why}. Choose another path.`;
    throw new GradsocketError('CANNOT_WRITE', EXIT.ioError, sentence, { cause: error });
  });
}

/** A chunk is the length of its content, its type, its content, and the checksum of both. */
function signed(png: Buffer): Buffer {
  const chunk = Buffer.alloc(4 + OWN_PICTURE.length + 4);
  chunk.writeUInt32BE(OWN_PICTURE.length - 4);
  chunk.write(OWN_PICTURE, 4, 'latin1');
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([png.subarray(0, AFTER_HEADER), chunk, png.subarray(AFTER_HEADER)]);
}
