import { DataError } from '../src/core/errors.js';
import { isObject } from '../src/core/isObject.js';
import { sizeOf } from '../src/core/shapes.js';
import { reasonOf } from '../src/core/text.js';
import type { RuntimeTensor } from './contract.js';

/** Tensors by name, as they travel between a page and a server. */
export type NamedTensors = Readonly<Record<string, RuntimeTensor>>;

/** Kinds of numbers, and how an array of them is made of bytes. */
const kinds = { float32: Float32Array, int64: BigInt64Array } as const;

type Kind = keyof typeof kinds;

/** Data of every tensor starts at a multiple of so many bytes. */
const ALIGNMENT = 8;

const aligned = (size: number): number => Math.ceil(size / ALIGNMENT) * ALIGNMENT;

/** Bytes of the length of the header. */
const LENGTH = 4;

function kindOf(data: unknown): Kind {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  throw new DataError('tensors: expected float32 or int64, got another kind of numbers');
}

/**
 * Tensors as bytes: the length of a header as uint32, the header as JSON, and the numbers of one tensor after the other,
 * all little-endian, each part filled up to a multiple of 8 bytes.
 */
export function encodeTensors(tensors: NamedTensors): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).map(([name, { data, dims }]) => {
    const type = kindOf(data);
    // The cast: one of the two by the line before.
    return { name, type, dims, data: data as Float32Array | BigInt64Array };
  });
  const header = new TextEncoder().encode(
    JSON.stringify(entries.map(({ name, type, dims }) => ({ name, type, dims }))),
  );
  const start = aligned(LENGTH + header.length);
  const size = entries.reduce((sum, { data }) => sum + aligned(data.byteLength), start);
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, LENGTH);
  let at = start;
  for (const { data } of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += aligned(data.byteLength);
  }
  return bytes;
}

function fault(expected: string, got: string): DataError {
  return new DataError(`tensors: expected ${expected}, got ${got}`);
}

/** The header's entries, of which each is checked where it is used. */
function headerOf(bytes: Uint8Array): { readonly entries: readonly unknown[]; readonly end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < LENGTH ? Infinity : view.getUint32(0, true);
  const end = aligned(LENGTH + length);
  if (end > bytes.length) throw fault('a header', `${bytes.length} bytes`);
  try {
    const entries: unknown = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH, LENGTH + length)),
    );
    if (Array.isArray(entries)) return { entries, end };
  } catch (error) {
    throw fault('a header in JSON', reasonOf(error));
  }
  throw fault('a list of tensors in the header', 'something else');
}

function shapeOf(dims: unknown, name: string): readonly number[] {
  const sizes: readonly unknown[] = Array.isArray(dims) ? dims : [-1];
  const whole = sizes.filter((size): size is number => Number.isSafeInteger(size) && Number(size) >= 0);
  if (whole.length === sizes.length && Number.isSafeInteger(sizeOf(whole))) return whole;
  throw fault(`sizes of '${name}'`, JSON.stringify(dims) ?? 'none');
}

/**
 * The reverse of `encodeTensors`.
 *
 * @throws DataError for bytes of another form.
 */
export function decodeTensors(bytes: Uint8Array): NamedTensors {
  const { entries, end } = headerOf(bytes);
  const found = new Map<string, RuntimeTensor>();
  let at = end;
  for (const entry of entries) {
    const { name, type, dims } = isObject(entry) ? entry : {};
    if (typeof name !== 'string' || found.has(name)) {
      throw fault('a name of its own for every tensor', JSON.stringify(name) ?? 'none');
    }
    if (type !== 'float32' && type !== 'int64') throw fault(`float32 or int64 for '${name}'`, String(type));
    const shape = shapeOf(dims, name);
    const size = sizeOf(shape) * kinds[type].BYTES_PER_ELEMENT;
    if (at + size > bytes.length) throw fault(`${size} bytes of '${name}'`, `${bytes.length - at}`);
    // Copied, since an array of numbers has to start at a multiple of their size; `slice` of Node's buffers copies nothing.
    const { buffer } = Uint8Array.from(bytes.subarray(at, at + size));
    found.set(name, { data: new kinds[type](buffer), dims: shape });
    at += aligned(size);
  }
  if (at !== bytes.length) throw fault(`${at} bytes in all`, String(bytes.length));
  return Object.fromEntries(found);
}
