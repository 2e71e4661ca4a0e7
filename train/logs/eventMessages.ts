import protobuf from 'protobufjs';

/**
 * The part of TensorBoard's messages that is written here, with the field numbers of event.proto,
 * summary.proto, histogram.proto and tensor.proto of TensorFlow.
 */
const SCHEMA = `
syntax = "proto3";
package tensorboard;
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what {
    string file_version = 3;
    Summary summary = 5;
    SessionLog session_log = 7;
  }
}
message SessionLog {
  int32 status = 1;
}
message Summary {
  message Value {
    string tag = 1;
    Metadata metadata = 9;
    oneof value {
      float simple_value = 2;
      Histogram histo = 5;
      Tensor tensor = 8;
    }
  }
  repeated Value value = 1;
}
message Metadata {
  message PluginData {
    string plugin_name = 1;
  }
  PluginData plugin_data = 1;
}
message Histogram {
  double min = 1;
  double max = 2;
  double num = 3;
  double sum = 4;
  double sum_squares = 5;
  repeated double bucket_limit = 6 [packed = true];
  repeated double bucket = 7 [packed = true];
}
message Tensor {
  message Shape {
    message Dim {
      int64 size = 1;
    }
    repeated Dim dim = 2;
  }
  int32 dtype = 1;
  Shape tensor_shape = 2;
  repeated bytes string_val = 8;
}
`;

const eventType = protobuf.parse(SCHEMA).root.lookupType('tensorboard.Event');

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
  return eventType.encode(eventType.fromObject(event)).finish();
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
