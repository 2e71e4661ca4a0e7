import { Tensor as OrtTensor } from './onnxRuntime.js';
import { tf, type DataType, type Tensor } from '../../core/tf.js';

/** A tfjs tensor's values as ONNX Runtime takes them; shares memory where the backend does. */
export function toOrt(tensor: Tensor): OrtTensor {
  const data = tensor.dataSync();
  if (tensor.dtype === 'float32') return new OrtTensor('float32', data as Float32Array, tensor.shape);
  if (tensor.dtype === 'int32') return new OrtTensor('int32', data as Int32Array, tensor.shape);
  return new OrtTensor('bool', Uint8Array.from(data), tensor.shape);
}

/** A result as a tfjs tensor. */
export async function fromOrt(value: OrtTensor, dtype: DataType): Promise<Tensor> {
  // ONNX Runtime's arrays of the three types are the ones tfjs takes.
  const data = (await value.getData()) as Float32Array | Int32Array | Uint8Array;
  return tf.tensor(data, [...value.dims], dtype);
}
