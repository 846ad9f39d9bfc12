import { expect, it } from 'vitest';
import { isImageReference } from '../../../src/shared/job/image-reference.ts';

const sha256 = `sha256:${'a'.repeat(64)}`;

it.each([
  'gradsocket',
  'gradsocket:0.1.0-cpu',
  'registry.example/team/gradsocket:0.1.0-cpu',
  'Registry.Example/x:1',
  'HOST/x:1',
  'localhost/x',
  'localhost:5000/x:1',
  '10.0.0.5:5000/a/b/c',
  '[::1]:5000/x:1',
  '[fd00::7]/x',
  'a__b/c.d-e--f:_x',
  `x@${sha256}`,
  `registry.example:443/x:1@${sha256}`,
  `x:${'t'.repeat(128)}`,
  `registry.example/${'x'.repeat(255)}`,
])('%s is the name of an image', (text) => {
  expect(isImageReference(text)).toBe(true);
});

it.each([
  '',
  'http://x/y:1',
  'a//b',
  '/a',
  'a/',
  'a/B:x',
  'Gradsocket',
  'a.b/C',
  'x:',
  'x:.a',
  'x:-a',
  `x:${'t'.repeat(129)}`,
  'x y',
  'a___b',
  '-a',
  'a-',
  'host:port/x',
  '::1:5000/x',
  '[::g]/x',
  'x@sha256:abc',
  `x@sha256:${'A'.repeat(64)}`,
  `x@md5:${'a'.repeat(64)}`,
  'a'.repeat(64),
  `registry.example/${'x'.repeat(256)}`,
  `${'x'.repeat(200)}/${'y'.repeat(100)}`,
  'x\n',
])('%j is not', (text) => {
  expect(isImageReference(text)).toBe(false);
});
