import { expect, it } from 'vitest';
import { parseConfig } from '../../../src/shared/job/config.ts';
import { fieldsOf } from '../../../src/shared/job/fields.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';

const config = (text: string) => parseConfig(text, 'job', fieldsOf(jobSchema));

it.each([
  ['TOML', 'epochs = 3\nlr = 0.1\n', 'job:1: settings are written as `epochs: 3`.'],
  ['TOML with a comment', '# ours\n\nlr = 0.1 # high\n', 'job:3: settings are written as `lr: 0.1`.'],
  [
    'TOML with sections',
    'data = "pets"\n[train]\nepochs = 3\n',
    'job:2: settings are written as `epochs: 3`, one on each line, without sections and =.',
  ],
  [
    'an INI file',
    '[train]\nepochs=3\n',
    'job:1: settings are written as `epochs: 3`, one on each line, without sections and =.',
  ],
  ['a shell script', 'export EPOCHS=3\n', 'job:1: settings are written as `EPOCHS: 3`.'],
  ['a program', 'epochs = 3;\n', 'job:1: settings are written as `epochs: 3`.'],
  ['flags', '--epochs 3\n--lr=0.1\n', 'job:1: settings are written as `epochs: 3`.'],
  ['no space behind the colon', 'epochs:3\n', 'job:1: settings are written as `epochs: 3`.'],
  ['no space behind one of the colons', 'epochs: 3\nlr:0.1\n', 'job:2: settings are written as `lr: 0.1`.'],
  ['JSON with comments', '{\n  // few\n  "epochs": 3\n}\n', 'comments begin with # here, also in JSON.'],
  ['JSON with a comment before it', '/* few */\n{"epochs": 3}\n', 'comments begin with # here, also in JSON.'],
])('%s is told how settings are written', (_, text, message) => {
  expect(() => config(text)).toThrow(message);
});

it.each([
  ['JSON', '{"epochs": 3, "data": "//host/share"}'],
  ['JSON with a comma too many', '{"epochs": 3,}'],
  ['JSON with comments as YAML has them', '{\n  # few\n  "epochs": 3\n}'],
  ['what looks like another format within a value', 'data: a=b\nepochs: 3\n'],
])('%s is read', (_, text) => {
  expect(config(text).values.get('epochs')?.value).toBe(3);
});
