/**
 * The only import of TensorFlow.js in the project.
 *
 * The umbrella package is needed: `@tensorflow/tfjs-core` alone registers no gradients in Node.
 * `PROD` silences tfjs's advice to install another backend; it changes no result. `backend()` selects the
 * cpu backend now, so that there always is one to go back to.
 */
import * as tf from '@tensorflow/tfjs';
tf.env().set('PROD', true);
tf.backend();
export * as tf from '@tensorflow/tfjs';
