import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RandomStream, STREAM } from '../../../shared/random/stream.ts';
import { loadSharp } from '../../../data/images/load-sharp.ts';

/** A CIFAR-10 record: a label, then 32x32 pixels of red, of green, of blue. */
const RECORD = 1 + 3 * 32 * 32;
const CLASSES = 10;
const JPEG_SIDE = 128;
/** The split that raw data brings along: one image for validation for so many for training. */
const TRAINED_PER_VALIDATED = 16;
const ENCODED_AT_ONCE = 8;

/**
 * Makes up a dataset in an empty folder: the same one each time. Returns its path, as `--data` takes it. `validated`: images for
 * validation that raw data brings along.
 */
export async function makeDataset(
  kind: 'raw' | 'jpeg',
  samples: number,
  folder: string,
  validated = Math.max(CLASSES, Math.ceil(samples / TRAINED_PER_VALIDATED)),
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await (kind === 'raw' ? writeRaw(samples, folder, validated) : writeJpegs(samples, folder));
  return folder;
}

async function writeRaw(samples: number, folder: string, validated: number): Promise<void> {
  const random = new RandomStream(1, STREAM.augmentation);
  const records = (count: number): Uint8Array => {
    const bytes = Uint8Array.from({ length: count * RECORD }, () => random.below(256));
    for (let record = 0; record < count; record++) bytes[record * RECORD] = record % CLASSES;
    return bytes;
  };
  await writeFile(join(folder, 'data_batch_1.bin'), records(samples));
  await writeFile(join(folder, 'test_batch.bin'), records(validated));
}

/** Soft shapes with some noise: about as large as photographs, and as slow to decode. */
async function writeJpegs(samples: number, folder: string): Promise<void> {
  const sharp = await loadSharp();
  const random = new RandomStream(1, STREAM.augmentation);
  for (let label = 0; label < CLASSES; label++) await mkdir(join(folder, `class-${label}`), { recursive: true });
  const write = async (index: number, pixels: Uint8Array): Promise<void> => {
    const file = join(folder, `class-${index % CLASSES}`, `${index}.jpg`);
    await sharp(pixels, { raw: { width: JPEG_SIDE, height: JPEG_SIDE, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(file);
  };
  for (let start = 0; start < samples; start += ENCODED_AT_ONCE) {
    const count = Math.min(ENCODED_AT_ONCE, samples - start);
    await Promise.all(Array.from({ length: count }, (_, index) => write(start + index, picture(random))));
  }
}

function picture(random: RandomStream): Uint8Array {
  const [fx, fy, phase] = [1 + random.below(6), 1 + random.below(6), random.below(628) / 100];
  const pixels = new Uint8Array(3 * JPEG_SIDE * JPEG_SIDE);
  for (let y = 0, at = 0; y < JPEG_SIDE; y++) {
    for (let x = 0; x < JPEG_SIDE; x++) {
      const wave = Math.sin((fx * x + fy * y) / 20 + phase);
      const noise = random.below(24);
      for (let channel = 0; channel < 3; channel++) pixels[at++] = 110 + 90 * wave * (1 - channel / 4) + noise;
    }
  }
  return pixels;
}
