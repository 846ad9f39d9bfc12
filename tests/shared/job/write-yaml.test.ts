import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { writeYaml } from '../../../src/shared/job/write-yaml.ts';
import { anyText } from '../any-text.ts';

const TEXTS = [
  ...[
    'on',
    'off',
    'yes',
    'No',
    'y',
    'N',
    'TRUE',
    'false',
    'null',
    'Null',
    '~',
    '',
    '=',
    '<<',
    '.nan',
    '.inf',
    '-.INF',
    'nan',
  ],
  ...[
    '1e3',
    '1e-8',
    '1.0e+3',
    '.5',
    '1.',
    '012',
    '0o17',
    '0x1F',
    '0b11',
    '1_000',
    '1:30',
    '190:20:30.15',
    '1,000',
    '-0',
    '+1',
  ],
  ...[
    '2001-01-01',
    '2001-01-01 10:00:00',
    '# no',
    'a: b',
    'a #b',
    '- a',
    '? a',
    '!tag',
    '&a',
    '*a',
    '%x',
    '@x',
    '`x',
    '|',
    '>',
  ],
  ...[
    'a\nb',
    '\n',
    ' a',
    'a ',
    '\ta',
    '\u0085',
    '\u2028',
    '\ufeffa',
    '\u007f',
    '\ud800',
    'C:\\data',
    '"',
    "'",
    '{a}',
    '[a]',
  ],
];
/** As PyYAML recognises them. */
const PYTHON_NUMBER =
  /^(?:[-+]?(?:0|[1-9][0-9_]*)|[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?)$/;

function expectSame(value: unknown): void {
  const text = writeYaml({ value });
  for (const version of ['1.1', '1.2'] as const) {
    expect((parse(text, { version }) as { value: unknown }).value, `${text} as ${version}`).toEqual(value);
  }
}

describe('writeYaml', () => {
  it('writes texts that every version of YAML reads as the same texts', () => {
    for (const text of TEXTS) expectSame(text);
    expectSame(TEXTS);
    fc.assert(
      fc.property(fc.oneof(anyText({ maxLength: 12 }), fc.stringMatching(/^[-+.:_0-9a-fxoeEn~ ]{1,6}$/)), expectSame),
    );
  });

  it('writes numbers that every version of YAML reads as the same numbers', () => {
    for (const number of [1e-8, 1e-7, -1e-9, 1e21, 1.5e300, 5e-324, 0, 0.1, 123, 1e20]) expectSame(number);
    expect(writeYaml({ epsilon: 1e-8, large: 1e21, list: [1e-7] })).toBe(
      'epsilon: 1.0e-8\nlarge: 1.0e+21\nlist:\n  - 1.0e-7\n',
    );
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true })), (number) => {
        fc.pre(!Object.is(number, -0));
        expectSame(number);
        expect(writeYaml({ number }).trim().slice('number: '.length)).toMatch(PYTHON_NUMBER);
      }),
    );
  });

  it('leaves plain words without quotes, whatever their length', () => {
    const path = `/data/${'pictures of pets/'.repeat(20)}all`;
    expect(writeYaml({ data: path, optimizer: 'adam', init: 'he_normal', schedule: 'one-cycle' })).toBe(
      `data: ${path}\noptimizer: adam\ninit: he_normal\nschedule: one-cycle\n`,
    );
  });
});
