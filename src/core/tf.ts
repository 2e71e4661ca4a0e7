/**
 * The only import of TensorFlow.js in the project.
 *
 * `@tensorflow/tfjs-core` alone registers no gradients in Node, the umbrella package does. The build puts in its place
 * the parts that are needed, which are a third of its size (`scripts/build.mjs`).
 * `PROD` silences tfjs's advice to install another backend; it changes no result. `backend()` selects the
 * cpu backend now, so that there always is one to go back to.
 */
import * as tf from '@tensorflow/tfjs';
import { replaceSlowKernels } from './cpuKernels.js';

tf.env().set('PROD', true);
tf.backend();
replaceSlowKernels(tf);

export * as tf from '@tensorflow/tfjs';
export type {
  DataId,
  DataType,
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  TensorInfo,
  Variable,
} from '@tensorflow/tfjs';
