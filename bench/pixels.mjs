// The pixels of images as training decodes them, for bench/pytorch/pixels.py: raw bytes [n, size, size, 3] into a file.
// Build first (npm run build).
//
//   node bench/pixels.mjs OUT RESIZE SIZE INTERPOLATION FILE...
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { decodeImage } from '../dist/data/images/decode.js';

const [out, resize, size, interpolation, ...files] = process.argv.slice(2);
const how = { resize: Number(resize), interpolation, colourProfile: 'ignore' };
const to = openSync(out, 'w');
for (const file of files) {
  const { pixels, reason } = await decodeImage(readFileSync(file), [Number(size), Number(size), 3], how);
  if (reason !== null) throw new Error(`${file} cannot be decoded: ${reason}`);
  writeSync(to, pixels);
}
closeSync(to);
