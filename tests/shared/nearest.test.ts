import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestName } from '../../src/shared/nearest.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });

describe('editDistance', () => {
  it('is zero for equal words alone, symmetric, and at most the longer length', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const distance = editDistance(a, b);
        expect(distance === 0).toBe(a === b);
        expect(editDistance(b, a)).toBe(distance);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });

  it('counts an insertion, a deletion, a replacement and a swap as one edit', () => {
    expect(editDistance('adam', 'adaam')).toBe(1);
    expect(editDistance('adam', 'adm')).toBe(1);
    expect(editDistance('adam', 'adem')).toBe(1);
    expect(editDistance('adam', 'adma')).toBe(1);
  });
});

describe('nearestName', () => {
  const names = ['sgd', 'adam', 'rmsprop', 'resnet18', 'lr', 'image-size'];

  it.each([
    ['adm', 'adam'],
    ['SGD', 'sgd'],
    ['rmsporp', 'rmsprop'],
    ['resnet', 'resnet18'],
    ['imagesize', 'image-size'],
  ])('takes %s for %s', (given, meant) => {
    expect(nearestName(given, names)).toBe(meant);
  });

  it.each(['x', 'momentum', ''])('has nothing to suggest for %j', (given) => {
    expect(nearestName(given, names)).toBeNull();
  });

  it('finds every name again when it is written right', () => {
    for (const name of names) expect(nearestName(name, names)).toBe(name);
  });
});
