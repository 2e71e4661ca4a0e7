import { CheckpointError } from '../core/errors.js';
import { isObject } from '../core/isObject.js';
import { sizeOf } from '../core/shapes.js';

/**
 * The element types of the safetensors format and the arrays that hold them here. Half floats are kept as
 * their 16 bits, booleans as bytes.
 */
interface ArrayOf {
  F64: Float64Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
  F32: Float32Array;
  I32: Int32Array;
  U32: Uint32Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
  BOOL: Uint8Array;
}

interface ArrayMaker<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer): A;
}

const arrays: { readonly [D in keyof ArrayOf]: ArrayMaker<ArrayOf[D]> } = {
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
};

type StoredType = keyof ArrayOf;

/** A tensor on disk: its element type, shape and row-major values. */
export type StoredTensor = {
  readonly [D in StoredType]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: ArrayOf[D];
  };
}[StoredType];

export type StoredTensors = ReadonlyMap<string, StoredTensor>;

export interface TensorFile {
  readonly tensors: StoredTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const METADATA = '__metadata__';
const LENGTH_BYTES = 8;
const ALIGNMENT = 8;
/** The format's own limit on its header, a guard against reading a foreign file's first bytes as a length. */
const MAX_HEADER_BYTES = 100_000_000;

const widthOf = (dtype: StoredType): number => arrays[dtype].BYTES_PER_ELEMENT;

/** A float32 tensor to store. */
export function float32(shape: readonly number[], data: Float32Array): StoredTensor {
  return { dtype: 'F32', shape, data };
}

/**
 * The bytes of a safetensors file: wide types first, then by name, so that every tensor is aligned and equal
 * tensors give equal bytes.
 *
 *   file = u64 header length, header (JSON, padded with spaces to 8 bytes), data
 *
 * @throws CheckpointError when a shape does not fit its data, or a name is the format's reserved word.
 * Source: huggingface/safetensors, "Format".
 */
export function encodeTensors(
  tensors: StoredTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries = [...tensors].sort(
    ([a, x], [b, y]) => widthOf(y.dtype) - widthOf(x.dtype) || (a < b ? -1 : 1),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  let offset = 0;
  for (const [name, tensor] of entries) {
    checkEncodable(name, tensor);
    const end = offset + tensor.data.byteLength;
    header.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(text.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + offset).fill(
    0x20,
    LENGTH_BYTES,
    LENGTH_BYTES + headerBytes,
  );
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function checkEncodable(name: string, { dtype, shape, data }: StoredTensor): void {
  const expected = sizeOf(shape);
  if (name === METADATA) {
    throw new CheckpointError(
      `tensor '${name}': expected a name other than the format's own, got it; rename it`,
    );
  }
  if (data.length !== expected) {
    throw new CheckpointError(
      `tensor '${name}': expected ${expected} ${dtype} values for shape [${shape.join(',')}], got ${data.length}`,
    );
  }
}

/**
 * The tensors of a safetensors file, each in memory of its own, in the order of the file.
 *
 * @param where names the file in messages, such as `checkpoint step-000400: weights.safetensors`.
 * @throws CheckpointError when the header is not the format's, an entry is unknown or does not fit its shape,
 *   tensors overlap or leave gaps, or the file ends early or late.
 */
export function decodeTensors(bytes: Uint8Array, where: string): TensorFile {
  const { header, dataStart } = readHeader(bytes, where);
  const { [METADATA]: metadata, ...named } = header;
  const entries = Object.entries(named).map(
    ([name, entry]) => [name, checkEntry(name, entry, where)] as const,
  );
  entries.sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, bytes.length - dataStart, where);
  const tensors = new Map(
    entries.map(([name, entry]) => [name, readTensor(bytes, dataStart, entry)] as const),
  );
  return { tensors, metadata: checkMetadata(metadata, where) };
}

function readHeader(
  bytes: Uint8Array,
  where: string,
): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < LENGTH_BYTES) {
    throw new CheckpointError(
      `${where}: expected a safetensors file, got ${bytes.length} bytes; it was cut off`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > MAX_HEADER_BYTES) {
    throw new CheckpointError(
      `${where}: expected a safetensors file, got a header length of ${String(length)}; it is another format`,
    );
  }
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > bytes.length) {
    throw new CheckpointError(
      `${where}: expected a header of ${String(length)} bytes, got a file of ${bytes.length}; it was cut off`,
    );
  }
  return { header: parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), where), dataStart };
}

function parseHeader(bytes: Uint8Array, where: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new CheckpointError(
      `${where}: expected a JSON header, got other bytes; it is damaged or another format`,
      { cause },
    );
  }
  if (!isObject(header)) {
    throw new CheckpointError(`${where}: expected a JSON object as header, got ${JSON.stringify(header)}`);
  }
  return header;
}

const isCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);

function checkEntry(name: string, entry: unknown, where: string): HeaderEntry {
  const fault = (expected: string, got: unknown): never => {
    throw new CheckpointError(`${where}: tensor '${name}': expected ${expected}, got ${JSON.stringify(got)}`);
  };
  if (!isObject(entry)) return fault('an object with dtype, shape and data_offsets', entry);
  const { dtype, shape, data_offsets: offsets, ...rest } = entry;
  if (Object.keys(rest).length > 0) return fault('only dtype, shape and data_offsets', Object.keys(rest));
  if (typeof dtype !== 'string' || !Object.hasOwn(arrays, dtype)) {
    return fault(`a dtype of ${Object.keys(arrays).join(' | ')}`, dtype);
  }
  if (!isCounts(shape)) return fault('a shape of whole numbers', shape);
  if (!isCounts(offsets) || offsets.length !== 2) return fault('two data_offsets', offsets);
  const [begin = 0, end = 0] = offsets;
  // `hasOwn` above has shown that the word is a key of the table.
  const type = dtype as StoredType;
  const expected = sizeOf(shape) * widthOf(type);
  if (end - begin !== expected)
    return fault(`${expected} bytes for ${dtype} [${shape.join(',')}]`, end - begin);
  return { dtype: type, shape, begin, end };
}

/** Checks that the tensors, in the order of their offsets, cover the data exactly. */
function checkLayout(
  entries: readonly (readonly [string, HeaderEntry])[],
  dataBytes: number,
  where: string,
): void {
  let covered = 0;
  for (const [name, { begin, end }] of entries) {
    if (begin !== covered) {
      const what = begin < covered ? 'overlaps the one before it' : 'leaves a gap before it';
      throw new CheckpointError(
        `${where}: tensor '${name}': expected to begin at byte ${covered}, got ${begin}; it ${what}`,
      );
    }
    covered = end;
  }
  if (dataBytes < covered) {
    throw new CheckpointError(`${where}: ends ${covered - dataBytes} bytes early; the file was cut off`);
  }
  if (dataBytes > covered) {
    throw new CheckpointError(
      `${where}: has ${dataBytes - covered} bytes after its last tensor; it is damaged`,
    );
  }
}

function readTensor(
  bytes: Uint8Array,
  dataStart: number,
  { dtype, shape, begin, end }: HeaderEntry,
): StoredTensor {
  // Not `bytes.slice`: on a Buffer that is a view, of the wrong alignment.
  const { buffer } = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
  // TypeScript cannot tie the looked-up constructor to its key of the table.
  return { dtype, shape, data: new arrays[dtype](buffer) } as StoredTensor;
}

function checkMetadata(metadata: unknown, where: string): Record<string, string> {
  if (metadata === undefined) return {};
  if (isObject(metadata)) {
    const entries = Object.entries(metadata).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    if (entries.length === Object.keys(metadata).length) return Object.fromEntries(entries);
  }
  throw new CheckpointError(`${where}: expected metadata of strings, got ${JSON.stringify(metadata)}`);
}
