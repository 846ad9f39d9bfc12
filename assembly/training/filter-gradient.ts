// The gradient of a convolution's filter, straight from the images: dfilter[tap, ci, co] += x[pixel under tap, ci] *
// dy[pixel, co]. For one tap that is a product of two tall matrices, summed over pixels; a tile of 4 x 8 of it fits into
// registers. Images are packed into panels of 4 input and of 8 output channels first, so that a tile walks through
// contiguous memory that stays in the first-level cache for all taps.

/** Input channels of a tile. */
const ROWS: usize = 4;
/** Output channels of a tile. */
const COLUMNS: usize = 8;
/** Bytes of a packed pixel of either kind, and of a tile's sums. */
const X_PIXEL: usize = ROWS * 4;
const DY_PIXEL: usize = COLUMNS * 4;
const TILE: usize = ROWS * COLUMNS * 4;

// The geometry of the call in progress: arguments of the inner functions that never change within it.
let width: i32 = 0;
let height: i32 = 0;
let outWidth: i32 = 0;
let outHeight: i32 = 0;
let strideY: i32 = 0;
let strideX: i32 = 0;

/**
 * Overwrites `outputs` channels of `dfilter` [kernelHeight, kernelWidth, inputs, outputStride], from those of `dy` at the
 * same place; both are addresses of the first one. Padding counts at the top and left; what windows
 * reach beyond the image is zero. A block of `block` samples is packed at a time. Scratch, all of it overwritten:
 * `xPanels`: block * height * width * (inputs rounded up to 4) floats,
 * `dyPanels`: block * outHeight * outWidth * (outputs rounded up to 8) floats,
 * `tiles`: kernelHeight * kernelWidth * (inputs rounded up to 4) * (outputs rounded up to 8) floats.
 */
export function filterGradient(
  dfilter: usize,
  x: usize,
  dy: usize,
  batch: i32,
  imageHeight: i32,
  imageWidth: i32,
  inputs: i32,
  gradientHeight: i32,
  gradientWidth: i32,
  outputStride: i32,
  outputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  verticalStride: i32,
  horizontalStride: i32,
  paddingTop: i32,
  paddingLeft: i32,
  block: i32,
  xPanels: usize,
  dyPanels: usize,
  tiles: usize,
): void {
  height = imageHeight;
  width = imageWidth;
  outHeight = gradientHeight;
  outWidth = gradientWidth;
  strideY = verticalStride;
  strideX = horizontalStride;
  const panelsIn = <i32>((<usize>inputs + ROWS - 1) / ROWS);
  const panelsOut = <i32>((<usize>outputs + COLUMNS - 1) / COLUMNS);
  const taps = kernelHeight * kernelWidth;
  const pixels = height * width;
  const outPixels = outHeight * outWidth;
  memory.fill(tiles, 0, <usize>(taps * panelsIn * panelsOut) * TILE);

  for (let first = 0; first < batch; first += block) {
    const samples = min(block, batch - first);
    pack(xPanels, x + <usize>first * <usize>pixels * <usize>inputs * 4, samples * pixels, inputs, inputs, ROWS);
    pack(dyPanels, dy + <usize>first * <usize>outPixels * <usize>outputStride * 4, samples * outPixels, outputStride, outputs, COLUMNS);
    let tile = tiles;
    for (let panelOut = 0; panelOut < panelsOut; panelOut++) {
      const dyPanel = dyPanels + <usize>panelOut * <usize>(samples * outPixels) * DY_PIXEL;
      for (let panelIn = 0; panelIn < panelsIn; panelIn++) {
        const xPanel = xPanels + <usize>panelIn * <usize>(samples * pixels) * X_PIXEL;
        for (let kh = 0; kh < kernelHeight; kh++) {
          for (let kw = 0; kw < kernelWidth; kw++) {
            addProducts(tile, xPanel, dyPanel, samples, kh - paddingTop, kw - paddingLeft);
            tile += TILE;
          }
        }
      }
    }
  }
  unpack(dfilter, tiles, taps, inputs, outputStride, outputs);
}

/**
 * From [pixel][channel] to [channel / size][pixel][channel % size], pixels being `stride` channels apart; channels that are missing from the last panel are
 * zero.
 */
function pack(panels: usize, from: usize, pixels: i32, stride: i32, channels: i32, size: usize): void {
  const pixelBytes = <usize>stride * 4;
  const end = from + <usize>pixels * pixelBytes;
  for (let channel: usize = 0; channel < <usize>channels; channel += size) {
    const present = min(size, <usize>channels - channel);
    let at = from + channel * 4;
    if (present == size) {
      for (; at < end; at += pixelBytes) {
        v128.store(panels, v128.load(at));
        if (size == COLUMNS) v128.store(panels, v128.load(at, 16), 16);
        panels += size * 4;
      }
    } else {
      for (; at < end; at += pixelBytes) {
        for (let c: usize = 0; c < size; c++) f32.store(panels + c * 4, c < present ? f32.load(at + c * 4) : 0);
        panels += size * 4;
      }
    }
  }
}

/** Adds the products of one tap, whose offset from a window's corner is (dh, dw), to a tile of 4 x 8 sums. */
function addProducts(tile: usize, xPanel: usize, dyPanel: usize, samples: i32, dh: i32, dw: i32): void {
  // Output pixels for which the tap lies within the image.
  const top = firstInside(dh, strideY);
  const bottom = min(outHeight, endInside(dh, strideY, height));
  const left = firstInside(dw, strideX);
  const right = min(outWidth, endInside(dw, strideX, width));
  if (left >= right) return;

  let s00 = v128.load(tile, 0);
  let s01 = v128.load(tile, 16);
  let s10 = v128.load(tile, 32);
  let s11 = v128.load(tile, 48);
  let s20 = v128.load(tile, 64);
  let s21 = v128.load(tile, 80);
  let s30 = v128.load(tile, 96);
  let s31 = v128.load(tile, 112);
  const step = <usize>strideX * X_PIXEL;
  const rowBytes = <usize>(right - left) * DY_PIXEL;
  for (let n = 0; n < samples; n++) {
    for (let oh = top; oh < bottom; oh++) {
      let from = xPanel + <usize>((n * height + oh * strideY + dh) * width + left * strideX + dw) * X_PIXEL;
      let gradient = dyPanel + <usize>((n * outHeight + oh) * outWidth + left) * DY_PIXEL;
      const end = gradient + rowBytes;
      do {
        const g0 = v128.load(gradient);
        const g1 = v128.load(gradient, 16);
        const x0 = v128.load32_splat(from);
        s00 = f32x4.add(s00, f32x4.mul(x0, g0));
        s01 = f32x4.add(s01, f32x4.mul(x0, g1));
        const x1 = v128.load32_splat(from, 4);
        s10 = f32x4.add(s10, f32x4.mul(x1, g0));
        s11 = f32x4.add(s11, f32x4.mul(x1, g1));
        const x2 = v128.load32_splat(from, 8);
        s20 = f32x4.add(s20, f32x4.mul(x2, g0));
        s21 = f32x4.add(s21, f32x4.mul(x2, g1));
        const x3 = v128.load32_splat(from, 12);
        s30 = f32x4.add(s30, f32x4.mul(x3, g0));
        s31 = f32x4.add(s31, f32x4.mul(x3, g1));
        gradient += DY_PIXEL;
        from += step;
      } while (gradient < end);
    }
  }
  v128.store(tile, s00, 0);
  v128.store(tile, s01, 16);
  v128.store(tile, s10, 32);
  v128.store(tile, s11, 48);
  v128.store(tile, s20, 64);
  v128.store(tile, s21, 80);
  v128.store(tile, s30, 96);
  v128.store(tile, s31, 112);
}

/** The first output pixel whose tap, at `offset` from its window's corner, is not before the image. */
// @ts-ignore: decorator
@inline
function firstInside(offset: i32, stride: i32): i32 {
  return offset >= 0 ? 0 : (-offset + stride - 1) / stride;
}

/** One past the last output pixel whose tap is not behind the image. */
// @ts-ignore: decorator
@inline
function endInside(offset: i32, stride: i32, size: i32): i32 {
  return offset >= size ? 0 : (size - 1 - offset) / stride + 1;
}

/** From [panelOut][panelIn][tap][4][8] to [tap][inputs][stride]. */
function unpack(dfilter: usize, tiles: usize, taps: i32, inputs: i32, stride: i32, outputs: i32): void {
  for (let co: i32 = 0; co < outputs; co += <i32>COLUMNS) {
    for (let ci: i32 = 0; ci < inputs; ci += <i32>ROWS) {
      for (let tap = 0; tap < taps; tap++) {
        for (let row: i32 = 0; row < <i32>ROWS; row++) {
          if (ci + row < inputs) {
            const to = dfilter + <usize>((tap * inputs + ci + row) * stride + co) * 4;
            memory.copy(to, tiles, min(COLUMNS, <usize>(outputs - co)) * 4);
          }
          tiles += COLUMNS * 4;
        }
      }
    }
  }
}
