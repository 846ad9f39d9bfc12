import { ProtobufWriter } from '../../shared/protobuf/writer.ts';
import type { Histogram } from './histogram.ts';

/** What one value of a summary shows under its tag. */
export type SummaryValue =
  | { readonly tag: string; readonly scalar: number }
  | { readonly tag: string; readonly histogram: Histogram }
  /** For a plugin, which knows what the bytes mean. */
  | { readonly tag: string; readonly plugin: string; readonly content: Uint8Array };

/** When something happened: seconds since 1970, and committed steps. */
export interface Moment {
  readonly seconds: number;
  readonly step: number;
}

/** Field numbers of tensorflow/core/util/event.proto and framework/summary.proto. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2, histogram: 5, tensor: 8, metadata: 9 } as const;
const METADATA = { pluginData: 1, dataClass: 4 } as const;
const PLUGIN_DATA = { name: 1, content: 2 } as const;
/** Of framework/tensor.proto. */
const TENSOR = { type: 1, shape: 2 } as const;
const SHAPE = { dimension: 2 } as const;
const DIMENSION = { size: 1 } as const;
const FLOAT = 1;
/** A value that is a tensor: what is no scalar must be one. */
const DATA_CLASS_TENSOR = 2;
const HISTOGRAM = { min: 1, max: 2, count: 3, sum: 4, sumOfSquares: 5, limits: 6, buckets: 7 } as const;
const SESSION_LOG = { status: 1 } as const;
const SESSION_START = 1;

/** The first record of every file. */
export function versionEvent(seconds: number): Uint8Array {
  return new ProtobufWriter().double(EVENT.wallTime, seconds).text(EVENT.fileVersion, 'brain.Event:2').finish();
}

/** From `moment.step` on, what earlier files say is void: a run goes on from a checkpoint before it. */
export function restartEvent(moment: Moment): Uint8Array {
  const log = new ProtobufWriter().integer(SESSION_LOG.status, SESSION_START);
  return begun(moment).message(EVENT.sessionLog, log).finish();
}

export function summaryEvent(moment: Moment, values: readonly SummaryValue[]): Uint8Array {
  const summary = new ProtobufWriter();
  for (const value of values) summary.message(SUMMARY.value, messageOf(value));
  return begun(moment).message(EVENT.summary, summary).finish();
}

function begun({ seconds, step }: Moment): ProtobufWriter {
  return new ProtobufWriter().double(EVENT.wallTime, seconds).integer(EVENT.step, step);
}

function messageOf(value: SummaryValue): ProtobufWriter {
  const message = new ProtobufWriter().text(VALUE.tag, value.tag);
  if ('scalar' in value) return message.float(VALUE.simpleValue, value.scalar);
  if ('plugin' in value) {
    const data = new ProtobufWriter().text(PLUGIN_DATA.name, value.plugin).bytes(PLUGIN_DATA.content, value.content);
    const metadata = new ProtobufWriter()
      .message(METADATA.pluginData, data)
      .integer(METADATA.dataClass, DATA_CLASS_TENSOR);
    return message.message(VALUE.metadata, metadata).message(VALUE.tensor, emptyTensor());
  }
  const { min, max, count, sum, sumOfSquares, limits, buckets } = value.histogram;
  const histogram = new ProtobufWriter()
    .double(HISTOGRAM.min, min)
    .double(HISTOGRAM.max, max)
    .double(HISTOGRAM.count, count)
    .double(HISTOGRAM.sum, sum)
    .double(HISTOGRAM.sumOfSquares, sumOfSquares)
    .packedDoubles(HISTOGRAM.limits, limits)
    .packedDoubles(HISTOGRAM.buckets, buckets);
  return message.message(VALUE.histogram, histogram);
}

function emptyTensor(): ProtobufWriter {
  const none = new ProtobufWriter().integer(DIMENSION.size, 0);
  return new ProtobufWriter()
    .integer(TENSOR.type, FLOAT)
    .message(TENSOR.shape, new ProtobufWriter().message(SHAPE.dimension, none));
}
