import { describe, expect, it } from 'vitest';
import { bearerOf, checkToken, isLoopback, sameSecret } from '../../../src/shared/link/credential.ts';

describe('bearerOf', () => {
  it.each([
    ['Bearer abc', 'abc'],
    ['bearer  abc', 'abc'],
    ['Basic abc', null],
    ['Bearer', null],
    ['Bearer a b', null],
    [undefined, null],
  ])('of %s is %s', (header, token) => {
    expect(bearerOf(header)).toBe(token);
  });
});

describe('sameSecret', () => {
  it('compares secrets, also of different lengths', () => {
    expect(sameSecret('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abcd', 'abd']) expect(sameSecret(other, 'abc')).toBe(false);
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.8.9.10', 'localhost', 'LOCALHOST', '::1', '[::1]'])('holds for %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'example.org', '127.evil.example', 'localhost.example', ''])(
    'does not hold for %s',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe('checkToken', () => {
  it('demands a token only where others can connect', () => {
    expect(() => checkToken(null, '127.0.0.1')).not.toThrow();
    expect(() => checkToken('t', '0.0.0.0')).not.toThrow();
    expect(() => checkToken(null, '0.0.0.0')).toThrow('workers must show a token');
  });

  it.each(['', 'two words', 'ümlaut', 'new\nline', 'x'.repeat(1025)])('refuses the token %j', (token) => {
    expect(() => checkToken(token, '127.0.0.1')).toThrow(expect.objectContaining({ code: 'BAD_TOKEN' }));
  });
});
