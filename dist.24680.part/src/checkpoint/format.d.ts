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
/** A float32 tensor to store. */
export declare function float32(shape: readonly number[], data: Float32Array): StoredTensor;
/**
 * The bytes of a safetensors file: wide types first, then by name, so that every tensor is aligned and equal
 * tensors give equal bytes.
 *
 *   file = u64 header length, header (JSON, padded with spaces to 8 bytes), data
 *
 * @throws CheckpointError when a shape does not fit its data, or a name is the format's reserved word.
 * Source: huggingface/safetensors, "Format".
 */
export declare function encodeTensors(tensors: StoredTensors, metadata?: Readonly<Record<string, string>>): Uint8Array;
/**
 * The tensors of a safetensors file, each in memory of its own, in the order of the file.
 *
 * @param where names the file in messages, such as `checkpoint step-000400: weights.safetensors`.
 * @throws CheckpointError when the header is not the format's, an entry is unknown or does not fit its shape,
 *   tensors overlap or leave gaps, or the file ends early or late.
 */
export declare function decodeTensors(bytes: Uint8Array, where: string): TensorFile;
export {};
