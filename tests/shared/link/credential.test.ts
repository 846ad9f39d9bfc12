import { describe, expect, it } from 'vitest';
import { RandomStream, STREAM } from '../../../src/shared/random/stream.ts';
import {
  asksForLoopback,
  bearerOf,
  checkToken,
  isLoopback,
  isProxied,
  sameSecret,
} from '../../../src/shared/link/credential.ts';

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

  it('takes no other token, and no part of the right one', () => {
    const token = 'S3cret-token-of-32-characters-xyz';
    const random = new RandomStream(7, STREAM.shuffle, 0);
    for (let n = 0; n < 10_000; n++) {
      const length = 1 + random.below(40);
      const other = Array.from({ length }, () => String.fromCharCode(0x21 + random.below(94))).join('');
      // Half of them begin as the right one does.
      const wrong = n % 2 === 0 ? other : token.slice(0, random.below(token.length)) + other;
      if (sameSecret(wrong, token)) expect.fail(`it takes ${wrong}`);
    }
    for (let length = 0; length < token.length; length++) {
      expect(sameSecret(token.slice(0, length), token)).toBe(false);
      expect(sameSecret(token.slice(token.length - length), token)).toBe(false);
      const swapped = token.slice(0, length) + (token[length] === '~' ? '!' : '~') + token.slice(length + 1);
      expect(sameSecret(swapped, token)).toBe(false);
    }
    expect(sameSecret(token, token)).toBe(true);
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

  it.each(['!', '~', 'x'.repeat(1024)])('takes the token %j', (token) => {
    expect(() => checkToken(token, '127.0.0.1')).not.toThrow();
  });

  it.each(['', 'two words', 'ümlaut', 'new\nline', ' ', '\u007f', 'x'.repeat(1025)])(
    'refuses the token %j',
    (token) => {
      expect(() => checkToken(token, '127.0.0.1')).toThrow(expect.objectContaining({ code: 'BAD_TOKEN' }));
    },
  );
});

it.each(['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'])(
  'a proxy says by %s that it asks for somebody else',
  (name) => {
    expect(isProxied({ [name]: '10.0.0.7' })).toBe(true);
    expect(isProxied({ host: '10.0.0.7', origin: 'http://10.0.0.7' })).toBe(false);
  },
);

it.each([
  ['127.0.0.1', true],
  ['127.0.0.1:9000', true],
  ['LocalHost:9000', true],
  ['[::1]:9000', true],
  ['127.evil.example:9000', false],
  ['localhost.evil.example', false],
  ['10.0.0.7:9000', false],
  [undefined, false],
])('whether %s is a name of this machine, with a port or without: %s', (host, own) => {
  expect(asksForLoopback({ host })).toBe(own);
});
