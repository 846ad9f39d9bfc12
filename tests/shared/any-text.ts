import fc from 'fast-check';

/**
 * Any characters that Unicode has: of each length in UTF-8 and UTF-16 as many. fast-check's own unit `binary` knows them, too, and
 * first makes a table of a million of them, which takes seconds.
 */
export function anyText(constraints: Omit<fc.StringConstraints, 'unit'>): fc.Arbitrary<string> {
  const between = (min: number, max: number) => fc.integer({ min, max }).map((code) => String.fromCodePoint(code));
  const unit = fc.oneof(
    between(0, 0x7f),
    between(0x80, 0x7ff),
    between(0x800, 0xd7ff),
    between(0xe000, 0xffff),
    between(0x1_0000, 0x10_ffff),
  );
  return fc.string({ ...constraints, unit });
}
