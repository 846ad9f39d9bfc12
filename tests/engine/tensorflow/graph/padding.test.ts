import fc from 'fast-check';
import { expect, it } from 'vitest';
import { paddingMode, trimPadding } from '../../../../src/engine/tensorflow/graph/padding.ts';

const axis = fc.record({
  input: fc.integer({ min: 1, max: 40 }),
  size: fc.integer({ min: 1, max: 7 }),
  stride: fc.integer({ min: 1, max: 3 }),
  before: fc.nat(3),
  after: fc.nat(3),
});

it('says SAME only where TensorFlow pads just so, and VALID only without padding', () => {
  fc.assert(
    fc.property(axis, axis, (rows, columns) => {
      const mode = paddingMode(
        {
          size: [rows.size, columns.size],
          strides: [rows.stride, columns.stride],
          padding: { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
        },
        [rows.input, columns.input],
      );
      const none = [rows, columns].every(({ before, after }) => before + after === 0);
      expect(mode === 'VALID').toBe(none);
      if (mode !== 'SAME') return;
      for (const { input, size, stride, before, after } of [rows, columns]) {
        // As many windows as SAME promises, and the odd pixel after.
        const total = before + after;
        if (total > 0) expect(Math.floor((input + total - size) / stride) + 1).toBe(Math.ceil(input / stride));
        expect(after - before === 0 || after - before === 1).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

it("knows the usual ones: PyTorch's padding is SAME at stride 1 and not at stride 2", () => {
  const of = (size: number, stride: number, padding: number, input: number) =>
    paddingMode(
      {
        size: [size, size],
        strides: [stride, stride],
        padding: { top: padding, bottom: padding, left: padding, right: padding },
      },
      [input, input],
    );
  expect(of(3, 1, 1, 32)).toBe('SAME');
  expect(of(5, 1, 2, 8)).toBe('SAME');
  expect(of(3, 2, 1, 32)).toBe('EXPLICIT');
  expect(of(3, 2, 1, 33)).toBe('SAME');
  expect(of(7, 2, 3, 224)).toBe('EXPLICIT');
  expect(of(1, 2, 0, 32)).toBe('VALID');
  expect(of(3, 1, 2, 32)).toBe('EXPLICIT');
});

it('trims what no window reaches, and nothing that one does', () => {
  fc.assert(
    fc.property(axis, ({ input, size, stride, before, after }) => {
      fc.pre(input + before + after >= size);
      const padding = { top: before, bottom: after, left: before, right: after };
      const trimmed = trimPadding({ size: [size, size], strides: [stride, stride], padding }, [input, input]);
      expect(trimmed).toMatchObject({ top: before, left: before, right: trimmed.bottom });
      const windows = (end: number): number => Math.floor((input + before + end - size) / stride) + 1;
      expect(windows(trimmed.bottom)).toBe(windows(after));
      if (trimmed.bottom > 0) expect(windows(trimmed.bottom - 1)).toBeLessThan(windows(after));
    }),
  );
});
