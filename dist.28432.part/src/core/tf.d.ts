export * as tf from '@tensorflow/tfjs';
export type { DataId, DataType, Rank, Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, TensorInfo, Variable, } from '@tensorflow/tfjs';
