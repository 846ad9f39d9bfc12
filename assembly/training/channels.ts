import { loadOne, storeOne } from '../vector';

// What kernels that work channel by channel have in common. Pixels lie one after the other, `stride` channels apart, and a
// kernel works on `channels` of them. Four channels at a time; the rest go one at a time through the same arithmetic, in
// lane 0. Sums over pixels are in float64, in the order of the pixels, whatever the number of channels.

/** How many channels the vector that begins at `channel` has: four or one. */
// @ts-ignore: decorator
@inline
export function width(channel: i32, channels: i32): i32 {
  return channel + 4 <= channels ? 4 : 1;
}

// @ts-ignore: decorator
@inline
export function read(from: usize, width: i32): v128 {
  return width == 4 ? v128.load(from) : loadOne(from);
}

// @ts-ignore: decorator
@inline
export function write(to: usize, value: v128, width: i32): void {
  if (width == 4) v128.store(to, value);
  else storeOne(to, value);
}

/** Adds float32 to float64, one for each channel. */
// @ts-ignore: decorator
@inline
export function accumulate(sums: usize, values: v128, width: i32): void {
  if (width == 4) {
    const upper = v128.shuffle<i64>(values, values, 1, 0);
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.promote_low_f32x4(values)));
    v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.promote_low_f32x4(upper)), 16);
  } else {
    f64.store(sums, f64.load(sums) + <f64>f32x4.extract_lane(values, 0));
  }
}

/** Overwrites `sums`, one float64 a channel, with the sum of each channel. */
export function sumChannels(sums: usize, x: usize, pixels: i32, stride: i32, channels: i32): void {
  memory.fill(sums, 0, <usize>channels << 3);
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0, size = 0; c < channels; c += size) {
      size = width(c, channels);
      accumulate(sums + (<usize>c << 3), read(x + (<usize>c << 2), size), size);
    }
    x += <usize>stride << 2;
  }
}

/** Writes the sum of each channel to `out`. `scratch`: one float64 a channel. */
export function channelSums(out: usize, x: usize, pixels: i32, stride: i32, channels: i32, scratch: usize): void {
  sumChannels(scratch, x, pixels, stride, channels);
  for (let c = 0; c < channels; c++) f32.store(out + (<usize>c << 2), <f32>f64.load(scratch + (<usize>c << 3)));
}
