// Convolution of images with packed filters. A tile of 4 output pixels x 8 output channels stays in registers over all
// taps and input channels. One row of taps of an NHWC image is contiguous, so the inner loop is one over floats.
// Two things make it serve as the input's gradient, too: filters can be packed flipped and in part (strides of any
// sign), and output pixels can be written at any distance from each other.

/** Output channels of a panel. */
const COLUMNS: i32 = 8;
/** Output pixels of a tile. */
const PIXELS: i32 = 4;

/**
 * To [outputs / 8][row][column][inputs][8], with zeros for outputs that are missing from the last panel. `filter` is the
 * address of the element that becomes the first one; strides are in floats.
 */
export function packFilters(
  panels: usize,
  filter: usize,
  rows: i32,
  columns: i32,
  inputs: i32,
  outputs: i32,
  rowStride: i32,
  columnStride: i32,
  inputStride: i32,
  outputStride: i32,
): void {
  for (let co = 0; co < outputs; co += COLUMNS) {
    const present = min(COLUMNS, outputs - co);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let from = filter + <usize>((row * rowStride + column * columnStride + co * outputStride) << 2);
        for (let ci = 0; ci < inputs; ci++) {
          if (present == COLUMNS && outputStride == 1) {
            v128.store(panels, v128.load(from));
            v128.store(panels, v128.load(from, 16), 16);
          } else {
            for (let c = 0; c < COLUMNS; c++) {
              const value = c < present ? f32.load(from + <usize>((c * outputStride) << 2)) : 0;
              f32.store(panels + <usize>(c << 2), value);
            }
          }
          from += <usize>(inputStride << 2);
          panels += <usize>(COLUMNS << 2);
        }
      }
    }
  }
}

/**
 * Writes every output pixel once: (n, h, w) to y + n * ySample + h * yRow + w * yPixel (bytes). `panels` are
 * packFilters' for these sizes. Padding counts at the top and left and may be negative (leaves pixels out); what windows
 * reach beyond the image is zero. A block of `block` samples is worked on at a time. Scratch, all of it overwritten:
 * `padded`: block * ((outHeight - 1) * strideY + kernelHeight) * ((outWidth - 1) * strideX + kernelWidth) * inputs floats,
 * `places`: two int32 for each of block * outHeight * outWidth pixels, and for three more.
 */
export function convolve(
  y: usize,
  ySample: i32,
  yRow: i32,
  yPixel: i32,
  x: usize,
  batch: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outHeight: i32,
  outWidth: i32,
  outputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  paddingTop: i32,
  paddingLeft: i32,
  panels: usize,
  block: i32,
  padded: usize,
  places: usize,
): void {
  const pixelBytes = inputs << 2;
  const paddedHeight = (outHeight - 1) * strideY + kernelHeight;
  const paddedRow = ((outWidth - 1) * strideX + kernelWidth) * pixelBytes;
  const rowFloats = kernelWidth * inputs;
  const panelBytes = <usize>(kernelHeight * rowFloats * COLUMNS) << 2;
  for (let first = 0; first < batch; first += block) {
    const samples = min(block, batch - first);
    const pixels = samples * outHeight * outWidth;
    // Where each pixel's window starts and where the pixel goes.
    let place = places;
    for (let n = 0; n < samples; n++) {
      const image = padded + <usize>(n * paddedHeight * paddedRow);
      pad(image, x + <usize>(first + n) * <usize>(height * width * pixelBytes), paddedHeight, paddedRow, height, width * pixelBytes, paddingTop, paddingLeft * pixelBytes);
      for (let oh = 0; oh < outHeight; oh++) {
        for (let ow = 0; ow < outWidth; ow++) {
          store<u32>(place, <u32>(image + <usize>(oh * strideY * paddedRow + ow * strideX * pixelBytes)));
          store<u32>(place, <u32>(y + <usize>(first + n) * <usize>ySample + <usize>(oh * yRow + ow * yPixel)), 4);
          place += 8;
        }
      }
    }
    // The last tile is filled up with the last pixel, which then is written more than once, alike.
    const last = place - 8;
    for (let q = pixels; q % PIXELS != 0; q++) {
      memory.copy(place, last, 8);
      place += 8;
    }
    let panel = panels;
    for (let co = 0; co < outputs; co += COLUMNS) {
      const present = min(COLUMNS, outputs - co);
      for (let at = places; at < place; at += 32) {
        tile(at, <usize>(co << 2), panel, kernelHeight, rowFloats, paddedRow, present);
      }
      panel += panelBytes;
    }
  }
}

/** Copies one image into the middle of zeros. Widths and the left padding are in bytes. */
function pad(
  to: usize,
  from: usize,
  toHeight: i32,
  toWidth: i32,
  height: i32,
  width: i32,
  top: i32,
  left: i32,
): void {
  const start = min(max(left, 0), toWidth);
  const skipped = max(-left, 0);
  const copied = max(min(width - skipped, toWidth - start), 0);
  for (let row = 0; row < toHeight; row++) {
    const source = row - top;
    if (source < 0 || source >= height || copied == 0) {
      memory.fill(to, 0, <usize>toWidth);
    } else {
      memory.fill(to, 0, <usize>start);
      memory.copy(to + <usize>start, from + <usize>(source * width + skipped), <usize>copied);
      memory.fill(to + <usize>(start + copied), 0, <usize>(toWidth - start - copied));
    }
    to += <usize>toWidth;
  }
}

/** Four output pixels, eight channels from byte `channel` of each on. */
function tile(
  places: usize,
  channel: usize,
  panel: usize,
  kernelHeight: i32,
  rowFloats: i32,
  paddedRow: i32,
  present: i32,
): void {
  let x0 = <usize>load<u32>(places);
  let x1 = <usize>load<u32>(places, 8);
  let x2 = <usize>load<u32>(places, 16);
  let x3 = <usize>load<u32>(places, 24);
  let s00 = f32x4.splat(0);
  let s01 = f32x4.splat(0);
  let s10 = f32x4.splat(0);
  let s11 = f32x4.splat(0);
  let s20 = f32x4.splat(0);
  let s21 = f32x4.splat(0);
  let s30 = f32x4.splat(0);
  let s31 = f32x4.splat(0);
  const rest = <usize>(paddedRow - (rowFloats << 2));
  for (let row = 0; row < kernelHeight; row++) {
    const end = panel + <usize>((rowFloats * COLUMNS) << 2);
    do {
      const f0 = v128.load(panel);
      const f1 = v128.load(panel, 16);
      const v0 = v128.load32_splat(x0);
      s00 = f32x4.add(s00, f32x4.mul(v0, f0));
      s01 = f32x4.add(s01, f32x4.mul(v0, f1));
      const v1 = v128.load32_splat(x1);
      s10 = f32x4.add(s10, f32x4.mul(v1, f0));
      s11 = f32x4.add(s11, f32x4.mul(v1, f1));
      const v2 = v128.load32_splat(x2);
      s20 = f32x4.add(s20, f32x4.mul(v2, f0));
      s21 = f32x4.add(s21, f32x4.mul(v2, f1));
      const v3 = v128.load32_splat(x3);
      s30 = f32x4.add(s30, f32x4.mul(v3, f0));
      s31 = f32x4.add(s31, f32x4.mul(v3, f1));
      x0 += 4;
      x1 += 4;
      x2 += 4;
      x3 += 4;
      panel += 32;
    } while (panel < end);
    x0 += rest;
    x1 += rest;
    x2 += rest;
    x3 += rest;
  }
  put(<usize>load<u32>(places, 4) + channel, s00, s01, present);
  put(<usize>load<u32>(places, 12) + channel, s10, s11, present);
  put(<usize>load<u32>(places, 20) + channel, s20, s21, present);
  put(<usize>load<u32>(places, 28) + channel, s30, s31, present);
}

/** The first `present` of eight floats. */
// @ts-ignore: decorator
@inline
function put(to: usize, low: v128, high: v128, present: i32): void {
  if (present == COLUMNS) {
    v128.store(to, low);
    v128.store(to, high, 16);
    return;
  }
  for (let c = 0; c < present; c++) {
    const half = c < 4 ? low : high;
    const lane = c & 3;
    // Lanes are named by constants only.
    let value = f32x4.extract_lane(half, 0);
    if (lane == 1) value = f32x4.extract_lane(half, 1);
    if (lane == 2) value = f32x4.extract_lane(half, 2);
    if (lane == 3) value = f32x4.extract_lane(half, 3);
    f32.store(to + <usize>(c << 2), value);
  }
}
