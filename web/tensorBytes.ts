import { decodeTensors, encodeTensors, type StoredTensor } from '../src/checkpoint/format.js';
import { CheckpointError, DataError } from '../src/core/errors.js';
import type { RuntimeTensor } from './contract.js';

/** Tensors by name, as they travel between a page and a server. */
export type NamedTensors = Readonly<Record<string, RuntimeTensor>>;

/** Tensors of float32 and int64 as a safetensors file. */
export function bytesOfTensors(tensors: NamedTensors): Uint8Array<ArrayBuffer> {
  const stored = Object.entries(tensors).map(([name, { data, dims }]): [string, StoredTensor] => {
    if (data instanceof Float32Array) return [name, { dtype: 'F32', shape: dims, data }];
    if (data instanceof BigInt64Array) return [name, { dtype: 'I64', shape: dims, data }];
    throw new DataError(`tensor '${name}': expected float32 or int64, got another kind of numbers`);
  });
  return Uint8Array.from(encodeTensors(new Map(stored)));
}

/**
 * The reverse of `bytesOfTensors`.
 *
 * @throws DataError for bytes of another form.
 */
export function tensorsOfBytes(bytes: Uint8Array): NamedTensors {
  try {
    const { tensors } = decodeTensors(bytes, 'tensors');
    const named = Array.from(tensors, ([name, { dtype, shape, data }]) => {
      if (dtype === 'F32' || dtype === 'I64') return [name, { data, dims: shape }] as const;
      throw new DataError(`tensors: expected '${name}' as F32 or I64, got ${dtype}`);
    });
    return Object.fromEntries(named);
  } catch (error) {
    throw error instanceof CheckpointError ? new DataError(error.message) : error;
  }
}
