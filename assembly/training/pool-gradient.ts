// The gradient of max pooling: each maximum's gradient goes to the first pixel of its window that has it.

/** Sizes are in pixels. `dx` is overwritten. `x` and `dx`: [batch, height, width, channels]; `y` and `dy`: pooled. */
export function maxPoolGradient(
  dx: usize,
  x: usize,
  y: usize,
  dy: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  sizeY: i32,
  sizeX: i32,
  strideY: i32,
  strideX: i32,
  paddingTop: i32,
  paddingLeft: i32,
): void {
  const pixelBytes = <usize>channels * 4;
  memory.fill(dx, 0, <usize>(batch * height * width) * pixelBytes);
  let out: usize = 0;
  for (let n = 0; n < batch; n++) {
    for (let oh = 0; oh < outHeight; oh++) {
      const top = max(oh * strideY - paddingTop, 0);
      const bottom = min(oh * strideY - paddingTop + sizeY, height);
      for (let ow = 0; ow < outWidth; ow++) {
        const left = max(ow * strideX - paddingLeft, 0);
        const right = min(ow * strideX - paddingLeft + sizeX, width);
        const end = out + pixelBytes;
        let channel: usize = 0;
        while (out < end) {
          // Four channels at a time; the rest one at a time through the same arithmetic, in lane 0.
          const whole = out + 16 <= end;
          const maximum = whole ? v128.load(y + out) : v128.load32_zero(y + out);
          const gradient = whole ? v128.load(dy + out) : v128.load32_zero(dy + out);
          let open = i32x4.splat(-1);
          for (let h = top; h < bottom; h++) {
            let at = <usize>((n * height + h) * width + left) * pixelBytes + channel;
            for (let w = left; w < right; w++) {
              const value = whole ? v128.load(x + at) : v128.load32_zero(x + at);
              const taken = v128.and(f32x4.eq(value, maximum), open);
              open = v128.andnot(open, taken);
              const share = v128.and(gradient, taken);
              if (whole) v128.store(dx + at, f32x4.add(v128.load(dx + at), share));
              else f32.store(dx + at, f32.load(dx + at) + f32x4.extract_lane(share, 0));
              at += pixelBytes;
            }
          }
          const step: usize = whole ? 16 : 4;
          out += step;
          channel += step;
        }
      }
    }
  }
}
