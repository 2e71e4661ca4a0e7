import { decodeTensors } from '../src/checkpoint/format.js';
import { DataError } from '../src/core/errors.js';
import type { ReadFile } from './contract.js';

/** A field of a message in protobuf's wire format: its number, and where its content is. */
interface Field {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/** Numbers of the fields of ONNX's messages that are looked at: a model's graph, its constants, and of each these. */
const GRAPH = 7;
const CONSTANT = 5;
const NAME = 8;
const RAW_DATA = 9;

function damaged(): DataError {
  return new DataError('graph: expected an ONNX file, got other bytes; export it anew');
}

/** A whole number as protobuf has it, and where it ends. */
function varint(bytes: Uint8Array, start: number): readonly [value: number, end: number] {
  let value = 0;
  for (let at = start, scale = 1; at < bytes.length; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte % 128) * scale;
    if (byte < 128) return [value, at + 1];
  }
  throw damaged();
}

/** Where the content of a field of some kind is, that follows its key. */
function contentOf(bytes: Uint8Array, kind: number, at: number): readonly [start: number, end: number] {
  switch (kind) {
    case 0:
      return [at, varint(bytes, at)[1]];
    case 1:
      return [at, at + 8];
    case 2: {
      const [length, start] = varint(bytes, at);
      return [start, start + length];
    }
    case 5:
      return [at, at + 4];
    default:
      throw damaged();
  }
}

/** The fields of the message in a part of a file. */
function fieldsOf(bytes: Uint8Array, { start: from, end: to }: Omit<Field, 'number'>): Field[] {
  const fields: Field[] = [];
  for (let at = from; at < to;) {
    const [key, after] = varint(bytes, at);
    const [start, end] = contentOf(bytes, key % 8, after);
    if (end > to) throw damaged();
    fields.push({ number: Math.floor(key / 8), start, end });
    at = end;
  }
  return fields;
}

/** Where the numbers of a graph's weights are, by their names in a checkpoint: those with a dot. */
function weightsIn(graph: Uint8Array): Map<string, Field> {
  const model = fieldsOf(graph, { start: 0, end: graph.length });
  const constants = model
    .filter(({ number }) => number === GRAPH)
    .flatMap((field) => fieldsOf(graph, field))
    .filter(({ number }) => number === CONSTANT)
    .map((field) => fieldsOf(graph, field));
  const named = constants.flatMap((fields): [string, Field][] => {
    const [name, data] = [NAME, RAW_DATA].map((number) => fields.find((field) => field.number === number));
    return name && data ? [[new TextDecoder().decode(graph.subarray(name.start, name.end)), data]] : [];
  });
  return new Map(named.filter(([name]) => name.includes('.')));
}

/** A copy of a graph with other weights of the same names and sizes. */
function graphWith(graph: Uint8Array, weights: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const own = weightsIn(graph);
  const changed = Uint8Array.from(graph);
  for (const name of new Set([...own.keys(), ...weights.keys()])) {
    const [place, bytes] = [own.get(name), weights.get(name)];
    const [wanted, got] = [place && place.end - place.start, bytes?.length];
    if (place && bytes && wanted === got) changed.set(bytes, place.start);
    else {
      throw new DataError(
        `weights: expected ${wanted ?? 'no'} bytes of '${name}', as the exported model has, got ${got ?? 'none'}; export the checkpoint itself`,
      );
    }
  }
  return changed;
}

/**
 * The files of an export or a play folder with the weights of another checkpoint of the same model settings and tokenizer:
 * a checkpoint has no graph of its own.
 *
 * @param safetensors the bytes of `weights.safetensors` of the checkpoint
 * @throws CheckpointError for bytes of another form; when a graph is read, DataError for the weights of another model.
 */
export function withCheckpoint(read: ReadFile, safetensors: Uint8Array): ReadFile {
  const { tensors } = decodeTensors(safetensors, 'weights.safetensors');
  const weights = new Map(
    Array.from(tensors, ([name, { data }]) => {
      return [name, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] as const;
    }),
  );
  return async (name) => {
    const content = await read(name);
    // The graph of memories alone has no weights.
    if (!name.endsWith('.onnx') || weightsIn(content).size === 0) return content;
    return graphWith(content, weights);
  };
}
