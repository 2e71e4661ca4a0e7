import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/core/errors.js';
import { decodeTensors, encodeTensors, float32, type StoredTensor } from '../../src/checkpoint/format.js';

const shapeOf = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });

/** Any tensor of a few element types, with every bit pattern. */
const anyTensor: fc.Arbitrary<StoredTensor> = fc
  .tuple(fc.constantFrom('F32', 'I32', 'U16', 'U8', 'F64', 'BOOL'), shapeOf)
  .chain(([dtype, shape]) => {
    const width = { F32: 4, I32: 4, U16: 2, U8: 1, F64: 8, BOOL: 1 }[dtype];
    const size = shape.reduce((n, d) => n * d, 1) * width;
    return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => {
      const buffer = new Uint8Array(bytes).buffer;
      const data = {
        F32: Float32Array,
        I32: Int32Array,
        U16: Uint16Array,
        U8: Uint8Array,
        F64: Float64Array,
        BOOL: Uint8Array,
      };
      return { dtype, shape, data: new data[dtype](buffer) } as StoredTensor;
    });
  });

const rawBytes = ({ data }: StoredTensor): number[] => [
  ...new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
];

/** A file from a header object and data, as any program might write it. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const entry = (begin: number, end: number, shape = [(end - begin) / 4], dtype = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('safetensors', () => {
  it('gives back every tensor, name and bit that was encoded', () => {
    const files = fc.tuple(
      fc.dictionary(
        fc.string().filter((name) => name !== '__metadata__'),
        anyTensor,
        { maxKeys: 5 },
      ),
      fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
    );
    fc.assert(
      fc.property(files, ([named, metadata]) => {
        const tensors = new Map(Object.entries(named));
        const decoded = decodeTensors(encodeTensors(tensors, metadata), 'file');
        expect([...decoded.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
        expect(Object.entries(decoded.metadata).sort()).toEqual(Object.entries(metadata).sort());
        for (const [name, tensor] of tensors) {
          const read = decoded.tensors.get(name)!;
          expect(read.dtype).toBe(tensor.dtype);
          expect(read.shape).toEqual(tensor.shape);
          expect(rawBytes(read)).toEqual(rawBytes(tensor));
        }
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it('is the layout of the format, byte for byte', () => {
    const bytes = encodeTensors(new Map([['w', float32([2], Float32Array.of(1, -2))]]));
    const header = '{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = header.padEnd(Math.ceil(header.length / 8) * 8);
    expect(new DataView(bytes.buffer).getBigUint64(0, true)).toBe(BigInt(padded.length));
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded.length))).toBe(padded);
    expect([...bytes.subarray(8 + padded.length)]).toEqual([0, 0, 128, 63, 0, 0, 0, 192]);
  });

  it('writes equal tensors as equal bytes whatever their order, each aligned to its width', () => {
    const a = float32([1], Float32Array.of(3));
    const b: StoredTensor = { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) };
    const c: StoredTensor = { dtype: 'F64', shape: [], data: Float64Array.of(4) };
    const one = encodeTensors(
      new Map<string, StoredTensor>([
        ['b', b],
        ['a', a],
        ['c', c],
      ]),
    );
    const other = encodeTensors(
      new Map<string, StoredTensor>([
        ['c', c],
        ['b', b],
        ['a', a],
      ]),
    );
    expect(one).toEqual(other);
    expect([...decodeTensors(one, 'file').tensors.keys()]).toEqual(['c', 'a', 'b']);
  });

  it('reads a Buffer that is a part of a larger one, and shares no memory with it', () => {
    const bytes = encodeTensors(new Map([['w', float32([2], Float32Array.of(1, -2))]]));
    const pool = Buffer.alloc(bytes.length + 3, 255);
    pool.set(bytes, 3);
    const { data } = decodeTensors(pool.subarray(3), 'file').tensors.get('w')!;
    pool.fill(0);
    expect(data).toEqual(Float32Array.of(1, -2));
  });

  it('refuses to encode data that does not fit its shape, and the reserved name', () => {
    const wrong = new Map([['w', float32([3], Float32Array.of(1, 2))]]);
    expect(() => encodeTensors(wrong)).toThrow("tensor 'w': expected 3 F32 values for shape [3], got 2");
    const reserved = new Map([['__metadata__', float32([1], Float32Array.of(1))]]);
    expect(() => encodeTensors(reserved)).toThrow("tensor '__metadata__': expected a name other");
  });

  const good = encodeTensors(new Map([['w', float32([4], new Float32Array(4))]]));
  const faults: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'got 0 bytes; it was cut off'],
    ['another format', new TextEncoder().encode('PK\u0003\u0004 a zip file'), 'it is another format'],
    ['a file cut in its header', good.subarray(0, 20), 'it was cut off'],
    ['a file cut in its data', good.subarray(0, -3), 'file: ends 3 bytes early; the file was cut off'],
    ['bytes after the last tensor', Uint8Array.from([...good, 0, 0]), 'has 2 bytes after its last tensor'],
    ['a header that is not JSON', fileOf('{"w": ', 0), 'expected a JSON header'],
    ['a header that is a list', fileOf([], 0), 'expected a JSON object as header, got []'],
    [
      'an unknown dtype',
      fileOf({ w: entry(0, 4, [1], 'F99') }, 4),
      `tensor 'w': expected a dtype of F64 | I64`,
    ],
    ['a dtype named after a method', fileOf({ w: entry(0, 4, [1], 'toString') }, 4), 'expected a dtype of'],
    ['a negative size', fileOf({ w: entry(0, 4, [-1]) }, 4), 'expected a shape of whole numbers, got [-1]'],
    ['offsets of another length', fileOf({ w: entry(0, 8, [1]) }, 8), 'expected 4 bytes for F32 [1], got 8'],
    [
      'overlap',
      fileOf({ a: entry(0, 8), b: entry(4, 12) }, 12),
      `tensor 'b': expected to begin at byte 8, got 4; it overlaps`,
    ],
    [
      'a gap',
      fileOf({ a: entry(0, 4), b: entry(8, 12) }, 12),
      `tensor 'b': expected to begin at byte 4, got 8; it leaves a gap`,
    ],
    [
      'a tensor named twice',
      fileOf(
        '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
        8,
      ),
      'leaves a gap',
    ],
    [
      'an unknown field',
      fileOf({ w: { ...entry(0, 4), stride: [1] } }, 4),
      'expected only dtype, shape and data_offsets, got ["stride"]',
    ],
    [
      'an entry that is a number',
      fileOf({ w: 3 }, 0),
      'expected an object with dtype, shape and data_offsets, got 3',
    ],
    [
      'metadata that is not text',
      fileOf({ __metadata__: { a: 1 } }, 0),
      'expected metadata of strings, got {"a":1}',
    ],
    [
      'offsets that are too many',
      fileOf({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4),
      'expected two data_offsets',
    ],
  ];
  it.each(faults)('refuses %s', (_what, bytes, message) => {
    const read = (): unknown => decodeTensors(bytes, 'file');
    expect(read).toThrow(CheckpointError);
    expect(read).toThrow(message);
  });

  it('never throws anything but a CheckpointError, whatever the bytes', () => {
    const spoilt = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(spoilt, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = good.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          decodeTensors(bytes, 'file');
        } catch (error) {
          expect(error).toBeInstanceOf(CheckpointError);
        }
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
