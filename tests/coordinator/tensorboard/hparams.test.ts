import { expect, it } from 'vitest';
import { summaryEvent } from '../../../src/coordinator/tensorboard/event.ts';
import {
  HPARAMS_PLUGIN,
  HPARAMS_TAG,
  hparamsContent,
  hparamsOf,
} from '../../../src/coordinator/tensorboard/hparams.ts';
import { jobSchema } from '../../../src/shared/job/schema.ts';
import { decodeMessage, type Field, textOf, valuesOf } from '../../shared/protobuf/decode.ts';

const inside = (fields: readonly Field[], ...path: readonly number[]): readonly Field[] =>
  path.reduce<readonly Field[]>((found, number) => decodeMessage(valuesOf(found, number)[0] as Uint8Array), fields);

it('the settings of a run are a session of the plugin, each with its kind', () => {
  const content = hparamsContent({ lr: 0.1, nesterov: false, optimizer: 'sgd' }, 12);
  const event = decodeMessage(
    summaryEvent({ seconds: 12, step: 0 }, [{ tag: HPARAMS_TAG, plugin: HPARAMS_PLUGIN, content }]),
  );
  const value = inside(event, 5, 1);
  expect(textOf(valuesOf(value, 1)[0])).toBe('_hparams_/session_start_info');
  const data = inside(value, 9, 1);
  expect(textOf(valuesOf(data, 1)[0])).toBe('hparams');
  const session = inside(data, 2, 3);
  const entries = valuesOf(session, 1).map((entry) => {
    const fields = decodeMessage(entry as Uint8Array);
    const [kind] = inside(fields, 2);
    return [textOf(valuesOf(fields, 1)[0]), kind!.number];
  });
  expect(entries).toEqual([
    ['lr', 2],
    ['nesterov', 4],
    ['optimizer', 3],
  ]);
  expect(valuesOf(session, 5)).toEqual([12]);
});

it('what is not set is no setting, and a list is one word', () => {
  const settings = hparamsOf(jobSchema.parse({ channels: [8, 16] }));
  expect(settings).toMatchObject({ channels: '8,16', optimizer: 'sgd', flip: false });
  expect(settings).not.toHaveProperty('imageSize');
});
