import { ProtobufWriter } from '../../shared/protobuf/writer.ts';

/** What TensorBoard compares runs by. */
export type Hparam = number | boolean | string;

/** Field numbers of tensorboard/plugins/hparams/plugin_data.proto and google/protobuf/struct.proto. */
const PLUGIN_DATA = { version: 1, sessionStart: 3 } as const;
const SESSION_START = { hparams: 1, startTime: 5 } as const;
const ENTRY = { key: 1, value: 2 } as const;
const VALUE = { number: 2, text: 3, boolean: 4 } as const;

export const HPARAMS_PLUGIN = 'hparams';
export const HPARAMS_TAG = '_hparams_/session_start_info';

/** The settings of a run, as the plugin reads them: a session, whose figures lie in folders below its own. */
export function hparamsContent(hparams: Readonly<Record<string, Hparam>>, seconds: number): Uint8Array {
  const session = new ProtobufWriter();
  for (const [key, value] of Object.entries(hparams)) {
    session.message(
      SESSION_START.hparams,
      new ProtobufWriter().text(ENTRY.key, key).message(ENTRY.value, valueOf(value)),
    );
  }
  session.double(SESSION_START.startTime, seconds);
  return new ProtobufWriter().integer(PLUGIN_DATA.version, 0).message(PLUGIN_DATA.sessionStart, session).finish();
}

function valueOf(value: Hparam): ProtobufWriter {
  const writer = new ProtobufWriter();
  if (typeof value === 'number') return writer.double(VALUE.number, value);
  if (typeof value === 'boolean') return writer.integer(VALUE.boolean, Number(value));
  return writer.text(VALUE.text, value);
}

/** Of a job: what is set. Lists are one word each. */
export function hparamsOf(job: object): Readonly<Record<string, Hparam>> {
  const set = Object.entries(job).flatMap(([key, value]: [string, unknown]): [string, Hparam][] => {
    if (Array.isArray(value)) return [[key, value.join(',')]];
    return typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string' ? [[key, value]] : [];
  });
  return Object.fromEntries(set);
}
