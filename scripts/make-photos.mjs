// @ts-check
// Makes a folder of JPEG files of different sizes, named like cat.12.jpg: what cats-and-dogs datasets look like, for trying and
// timing the way from raw files to a model where no such dataset can be had.
//
//     node scripts/make-photos.mjs FOLDER [COUNT of each class, default 400] [SIDE: all of this size; default: different sizes]
//
// The pixels are those of two photographs that the Python package scikit-image carries, both CC0: a cat (chelsea.png, by Stéfan
// van der Walt) and a cup of coffee (coffee.png, by Rachel Michetti). Every file is a random part of one of them, in another
// size and quality; every tenth lies on its side and says so in its EXIF data. The parts overlap, so that accuracy on
// them says nothing about real photographs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

const PACKAGE = 'scikit-image==0.26.0';
const PHOTOS = { cat: 'chelsea.png', coffee: 'coffee.png' };
const SMALLEST = 96;
const EXIF_LIES_ON_ITS_RIGHT_SIDE = 6;

const [folder, count = '400', side] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node scripts/make-photos.mjs FOLDER [COUNT] [SIDE]');
  process.exit(64);
}

const unpacked = mkdtempSync(join(tmpdir(), 'gradsocket-photos-'));
try {
  const pip = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--only-binary', ':all:', '--target', unpacked, PACKAGE];
  const { status } = spawnSync('python3', pip, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw new Error(`pip could not install ${PACKAGE}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, file] of Object.entries(PHOTOS)) {
    await cutUp(join(unpacked, 'skimage', 'data', file), join(folder, name));
  }
  console.log(`${count} files of each of ${Object.keys(PHOTOS).join(', ')} are in ${folder}`);
} finally {
  rmSync(unpacked, { recursive: true, force: true });
}

/** @param {string} photo @param {string} prefix of the files to write */
async function cutUp(photo, prefix) {
  const { data, info } = await sharp(photo).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const random = numbers(prefix.length);
  const between = (/** @type {number} */ low, /** @type {number} */ high) =>
    low + Math.floor(random() * (high - low + 1));
  for (let index = 0; index < Number(count); index++) {
    const width = side === undefined ? between(SMALLEST, info.width) : Number(side);
    const height = side === undefined ? between(SMALLEST, info.height) : Number(side);
    const part = { left: between(0, info.width - width), top: between(0, info.height - height), width, height };
    let image = sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }).extract(part);
    if (index % 10 === 9) image = image.rotate(270).withMetadata({ orientation: EXIF_LIES_ON_ITS_RIGHT_SIDE });
    await image.jpeg({ quality: between(60, 95) }).toFile(`${prefix}.${index}.jpg`);
  }
}

/** Numbers from 0 to 1, the same ones each time. @param {number} seed */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
