import { encodeMessage, messageType as message } from '../../src/core/protobuf.js';

/*
 * The part of TensorBoard's messages that is written here, with the field numbers of event.proto,
 * summary.proto, histogram.proto and tensor.proto of TensorFlow.
 */

const histogram = message({
  min: { id: 1, kind: 'double' },
  max: { id: 2, kind: 'double' },
  num: { id: 3, kind: 'double' },
  sum: { id: 4, kind: 'double' },
  sumSquares: { id: 5, kind: 'double' },
  bucketLimit: { id: 6, kind: 'double', list: true },
  bucket: { id: 7, kind: 'double', list: true },
});

const dimension = message({ size: { id: 1, kind: 'int' } });
const shape = message({ dim: { id: 2, kind: dimension, list: true } });
const tensor = message({
  dtype: { id: 1, kind: 'int' },
  tensorShape: { id: 2, kind: shape },
  stringVal: { id: 8, kind: 'bytes', list: true },
});

const pluginData = message({ pluginName: { id: 1, kind: 'string' } });
const metadata = message({ pluginData: { id: 1, kind: pluginData } });

const summaryValue = message({
  tag: { id: 1, kind: 'string' },
  simpleValue: { id: 2, kind: 'float', always: true },
  histo: { id: 5, kind: histogram },
  tensor: { id: 8, kind: tensor },
  metadata: { id: 9, kind: metadata },
});

const summary = message({ value: { id: 1, kind: summaryValue, list: true } });
const sessionLog = message({ status: { id: 1, kind: 'int' } });

const eventType = message({
  wallTime: { id: 1, kind: 'double' },
  step: { id: 2, kind: 'int' },
  fileVersion: { id: 3, kind: 'string', always: true },
  summary: { id: 5, kind: summary },
  sessionLog: { id: 7, kind: sessionLog },
});

/** Values spread over ranges: `bucket[i]` of them lie above `bucketLimit[i - 1]` and at most at `bucketLimit[i]`. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  readonly bucketLimit: readonly number[];
  readonly bucket: readonly number[];
}

interface StringTensor {
  readonly dtype: number;
  readonly tensorShape: { readonly dim: readonly { readonly size: number }[] };
  readonly stringVal: readonly Uint8Array[];
}

export interface SummaryValue {
  readonly tag: string;
  readonly metadata?: { readonly pluginData: { readonly pluginName: string } };
  readonly simpleValue?: number;
  readonly histo?: Histogram;
  readonly tensor?: StringTensor;
}

export interface EventMessage {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly sessionLog?: { readonly status: number };
  readonly summary?: { readonly value: readonly SummaryValue[] };
}

/** The bytes of an event. */
export function encodeEvent(event: EventMessage): Uint8Array {
  return encodeMessage(eventType, event);
}

/** `SessionLog.START`: readers forget what earlier files say of this step and later ones. */
export const SESSION_START = 1;

const STRING_TYPE = 7;

/** A text under a tag, as TensorBoard's text plugin wants it (it shows Markdown). */
export function textValue(tag: string, text: string): SummaryValue {
  return {
    tag,
    metadata: { pluginData: { pluginName: 'text' } },
    tensor: {
      dtype: STRING_TYPE,
      tensorShape: { dim: [{ size: 1 }] },
      stringVal: [new TextEncoder().encode(text)],
    },
  };
}

/** A histogram of values in `buckets` ranges of equal width between their smallest and largest. */
export function histogramOf(values: Float32Array, buckets = 30): Histogram {
  let [min, max, sum, sumSquares] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    sumSquares += value * value;
  }
  const width = max > min ? (max - min) / buckets : 1;
  const bucket = new Array<number>(buckets).fill(0);
  for (const value of values) {
    const place = Math.max(0, Math.min(buckets - 1, Math.ceil((value - min) / width) - 1));
    bucket[place] = (bucket[place] ?? 0) + 1;
  }
  // The last limit exactly, so that no rounding leaves the largest value outside.
  const bucketLimit = bucket.map((_, i) =>
    i + 1 === buckets ? Math.max(max, min + width) : min + (i + 1) * width,
  );
  return { min, max, num: values.length, sum, sumSquares, bucketLimit, bucket };
}
