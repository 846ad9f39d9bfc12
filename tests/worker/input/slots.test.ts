import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlotReader } from '../../../src/worker/input/slot-reader.ts';
import { SlotWriter } from '../../../src/worker/input/slot-writer.ts';
import { allocateSlots, SlotRing, type SlotShape, slotsFit } from '../../../src/worker/input/slots.ts';

const shape: SlotShape = { slots: 4, samples: 3, imageShape: [2, 2, 1], maskShapes: [[3], [2, 2]] };

function ring(of = shape) {
  const memory = allocateSlots(of);
  const calls = { reader: 0, writer: 0 };
  const writer: SlotWriter = new SlotWriter(new SlotRing(memory, of), () => {
    calls.reader++;
    reader.wake();
  });
  const reader: SlotReader = new SlotReader(new SlotRing(memory, of), () => {
    calls.writer++;
    writer.wake();
  });
  return { writer, reader, calls };
}

const never = () => false;
const header = (step: number, assignment = 0) => ({ assignment, step, microbatch: 0, count: 1 });

describe('a ring', () => {
  test('hands over every slot once, in order, whoever is ahead and whatever is released when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 6 }), fc.nat(3), async (scheduler, slots, hold) => {
        const { writer, reader } = ring({ ...shape, slots });
        const count = 30;
        const got: number[] = [];
        const write = async () => {
          for (let step = 0; step < count; step++) {
            await scheduler.schedule(Promise.resolve());
            expect(await writer.nextFree(never)).toBe(true);
            writer.publish(header(step), ({ images }) => images.fill(step));
          }
        };
        const read = async () => {
          const held: (() => void)[] = [];
          for (let i = 0; i < count; i++) {
            await scheduler.schedule(Promise.resolve());
            const slot = await reader.take();
            expect([...slot.images]).toEqual([slot.step, slot.step, slot.step, slot.step]);
            got.push(slot.step);
            held.push(() => slot.release());
            // Never all of the ring, or nothing could come.
            while (held.length > Math.min(hold, slots - 1)) held.shift()!();
          }
        };
        await scheduler.waitFor(Promise.all([write(), read()]));
        expect(got).toEqual(Array.from({ length: count }, (_, step) => step));
      }),
      { numRuns: 60 },
    );
  });

  test('gives each array its own place', async () => {
    const { writer, reader } = ring();
    for (let step = 0; step < 4; step++) {
      writer.publish({ ...header(step), count: 3 }, ({ images, labels, masks }) => {
        images.fill(10 * step + 1);
        labels.fill(10 * step + 2);
        masks.forEach((mask, i) => mask.fill(10 * step + 3 + i));
      });
    }
    for (let step = 0; step < 4; step++) {
      const { images, labels, masks } = await reader.take();
      expect([images, labels, ...masks].map(({ length }) => length)).toEqual([12, 3, 9, 12]);
      [images, labels, ...masks].forEach((array, i) => expect(new Set(array)).toEqual(new Set([10 * step + 1 + i])));
    }
  });

  test('a full ring that is released costs one message for half of it', async () => {
    const { writer, reader, calls } = ring({ ...shape, slots: 8 });
    for (let step = 0; step < 8; step++) writer.publish(header(step), () => undefined);
    const free = writer.nextFree(never);
    for (let i = 0; i < 3; i++) (await reader.take()).release();
    expect(calls.writer).toBe(0);
    (await reader.take()).release();
    expect(calls.writer).toBe(1);
    expect(await free).toBe(true);
  });

  test('a reader that waits wakes the writer, however few slots are free', async () => {
    const { writer, reader, calls } = ring({ ...shape, slots: 8 });
    for (let step = 0; step < 8; step++) writer.publish(header(step), () => undefined);
    const free = writer.nextFree(never);
    const held = [];
    for (let i = 0; i < 8; i++) held.push(await reader.take());
    held[0]!.release();
    const next = reader.take();
    expect(calls.writer).toBe(1);
    expect(await free).toBe(true);
    writer.publish(header(8), () => undefined);
    expect((await next).step).toBe(8);
  });

  test('a slot that is held is not handed out again', async () => {
    const { writer, reader } = ring({ ...shape, slots: 1 });
    writer.publish(header(0), () => undefined);
    const first = await reader.take();
    const second = reader.take();
    expect(writer.isNextFree()).toBe(false);
    first.release();
    first.release();
    writer.publish(header(1), () => undefined);
    expect((await second).step).toBe(1);
  });
});

test('a slot that is released twice is not taken from whoever has it next', async () => {
  const { writer, reader } = ring({ ...shape, slots: 1 });
  writer.publish(header(0), () => undefined);
  const first = await reader.take();
  first.release();
  writer.publish(header(1), ({ images }) => images.fill(1));
  first.release();
  // Full still: what was written is not lost.
  const second = await reader.take();
  expect(second.step).toBe(1);
  first.release();
  expect(writer.isNextFree()).toBe(false);
  expect([...second.images]).toEqual([1, 1, 1, 1]);
  second.release();
  expect(writer.isNextFree()).toBe(true);
});

/** A ring whose ends hear of each other only when they are told to: their messages are on the way. */
function slow(of = shape) {
  const memory = allocateSlots(of);
  const told = { reader: 0, writer: 0 };
  const writer = new SlotWriter(new SlotRing(memory, of), () => void told.reader++);
  const reader = new SlotReader(new SlotRing(memory, of), () => void told.writer++);
  return { writer, reader, told };
}

test('whoever asked first has the first slot, also while the message that it is filled is on its way', async () => {
  const { writer, reader, told } = slow();
  const first = reader.take();
  writer.publish(header(0), () => undefined);
  writer.publish(header(1), () => undefined);
  // It finds one, but the other has waited for that for longer.
  const second = reader.take();
  expect([(await first).step, (await second).step]).toEqual([0, 1]);
  expect(told.reader).toBe(1);
});

test('a slot that is filled in the very moment in which the reader begins to wait is taken, and nobody need say so', async () => {
  const memory = allocateSlots(shape);
  const told = { reader: 0 };
  const writer = new SlotWriter(new SlotRing(memory, shape), () => void told.reader++);
  class Late extends SlotRing {
    override raise(flag: 'readerWaits' | 'writerWaits'): void {
      // The writer has looked for the flag and found none.
      if (told.reader === 0 && writer.isNextFree()) writer.publish(header(7), () => undefined);
      super.raise(flag);
    }
  }
  const reader = new SlotReader(new Late(memory, shape), () => undefined);
  expect((await reader.take()).step).toBe(7);
  writer.publish(header(8), () => undefined);
  expect(told.reader).toBe(0);
  expect((await reader.take()).step).toBe(8);
});

describe('another assignment', () => {
  test('passes over all that was filled for the one before, and tells the writer that there is room', async () => {
    const { writer, reader, told } = slow();
    for (let step = 0; step < 4; step++) writer.publish(header(step), () => undefined);
    const free = writer.nextFree(never);
    reader.expect(1);
    expect(told.writer).toBe(1);
    writer.wake();
    expect(await free).toBe(true);
    // One more of before, which was under way.
    writer.publish(header(4), () => undefined);
    writer.publish(header(5, 1), () => undefined);
    expect(await reader.take()).toMatchObject({ assignment: 1, step: 5 });
  });

  test('refuses those who waited for the one before, and takes no slot from those who hold one', async () => {
    const { writer, reader } = ring({ ...shape, slots: 2 });
    writer.publish(header(0), ({ images }) => images.fill(3));
    const held = await reader.take();
    const waiting = [reader.take(), reader.take()];
    reader.expect(1);
    for (const one of waiting) await expect(one).rejects.toThrow('no longer assigned');
    const next = reader.take();
    writer.publish(header(1), () => undefined);
    expect(writer.isNextFree()).toBe(false);
    expect([...held.images]).toEqual([3, 3, 3, 3]);
    held.release();
    writer.publish(header(2, 1), () => undefined);
    expect((await next).step).toBe(2);
  });
});

test('once nothing comes any more, those who wait hear the first reason, and so does whoever asks', async () => {
  const { writer, reader } = ring();
  const waiting = reader.take();
  const first = new Error('the file is gone');
  reader.fail(first);
  reader.fail(new Error('the thread ended'));
  await expect(waiting).rejects.toBe(first);
  writer.publish(header(0), () => undefined);
  await expect(reader.take()).rejects.toBe(first);
});

test('those who no longer want a slot are let go', async () => {
  const { writer } = ring({ ...shape, slots: 1 });
  writer.publish(header(0), () => undefined);
  let over = false;
  const waiting = writer.nextFree(() => over);
  over = true;
  writer.wake();
  expect(await waiting).toBe(false);
});

test('what does not fit four gigabytes is known before it is allocated', () => {
  expect(slotsFit(shape)).toBe(true);
  expect(slotsFit({ ...shape, samples: 2000, imageShape: [512, 512, 3] })).toBe(false);
});
