/** Plain numbers as the array a type is stored in. */
export function toTypedArray(values, dtype) {
    switch (dtype) {
        case 'float32':
            return values instanceof Float32Array ? values : Float32Array.from(values);
        case 'int32':
            return values instanceof Int32Array ? values : Int32Array.from(values);
        case 'bool':
            return values instanceof Uint8Array ? values : Uint8Array.from(values);
        case 'int64':
            return BigInt64Array.from(Array.from(values, BigInt));
    }
}
/** The number all elements share, or undefined. */
export function uniformOf(data) {
    const first = data[0];
    if (first === undefined || typeof first === 'bigint')
        return undefined;
    for (const value of data)
        if (value !== first)
            return undefined;
    return first;
}
/** ONNX's numbers for element types (TensorProto.DataType). */
export const onnxType = { float32: 1, int32: 6, int64: 7, bool: 9 };
