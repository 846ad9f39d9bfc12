import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PIN } from '../../../src/shared/job/options.ts';
import { fingerprintIn, fingerprintOf, pinText } from '../../../src/shared/link/fingerprint.ts';

const DIGITS = '7c0ffee1'.repeat(8);
const WITH_COLONS = DIGITS.toUpperCase().replace(/..(?=.)/g, '$&:');

it.each([
  `sha256:${DIGITS}`,
  DIGITS,
  WITH_COLONS,
  `sha256:${WITH_COLONS}`,
  `SHA256:${DIGITS.toUpperCase()}`,
  // As openssl x509 -fingerprint -sha256 prints it, before version 3 and since.
  `SHA256 Fingerprint=${WITH_COLONS}`,
  `sha256 Fingerprint=${WITH_COLONS}`,
])('%s is a pin', (pin) => {
  expect(PIN.test(pin)).toBe(true);
  expect(fingerprintIn(pin)).toBe(DIGITS);
});

it.each([
  '',
  'sha256:',
  DIGITS.slice(1),
  `${DIGITS}0`,
  `sha1:${DIGITS}`,
  `sha256:${DIGITS.replace('c', 'g')}`,
  `${DIGITS}:`,
])('%j is none', (pin) => {
  expect(PIN.test(pin)).toBe(false);
});

it('is taken of the first of several certificates, which is the one that is shown', () => {
  const cert = readFileSync(new URL('tls/cert.pem', import.meta.url), 'utf8');
  expect(fingerprintOf(`${cert}\n${cert}`)).toBe(fingerprintOf(cert));
  expect(PIN.test(pinText(fingerprintOf(cert)))).toBe(true);
});
