import { writeFile } from 'node:fs/promises';
import { EXIT, GradsocketError } from '../../shared/errors.ts';
import type { Canvas } from './canvas.ts';

/** Writes a picture as a PNG file. */
export async function writePng({ pixels, width, height }: Canvas, file: string): Promise<void> {
  const { default: sharp } = await import('sharp');
  const bytes = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 9 })
    .toBuffer();
  await writeFile(file, bytes).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOENT' ? 'its folder does not exist' : error.message;
    const sentence = `${file} cannot be written: ${why}. Choose another path.`;
    throw new GradsocketError('CANNOT_WRITE', EXIT.ioError, sentence, { cause: error });
  });
}
