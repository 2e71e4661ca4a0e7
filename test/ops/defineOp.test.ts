import { describe, expect, it } from 'vitest';
import { tf, type Tensor } from '../../src/core/tf.js';
import { defineOp } from '../../src/ops/defineOp.js';
import '../support/close.js';

const exact = { rtol: 0, atol: 0 };

/** Sum and product of a and b, with c added to both where it is given; c is constant. */
const sumAndProduct = defineOp({
  name: 'TestSumAndProduct',
  differentiable: ['a', 'b'],
  define: ({
    a,
    b,
    c,
  }: {
    readonly a: Tensor;
    readonly b: Tensor;
    readonly c?: Tensor | undefined;
  }): [Tensor, Tensor] => [tf.addN([a, b, ...(c ? [c] : [])]), tf.add(tf.mul(a, b), c ?? 0)],
  gradient: ([dSum, dProduct], { a, b }) => ({
    a: tf.add(dSum, tf.mul(dProduct, b)),
    b: tf.add(dSum, tf.mul(dProduct, a)),
  }),
});

describe('defineOp', () => {
  it('gives every output and one gradient of all of them', () => {
    const [a, b] = [tf.tensor1d([2, 3]), tf.tensor1d([5, 7])];
    const [sum, product] = sumAndProduct({ a, b });
    expect(sum).toBeAllClose(tf.tensor1d([7, 10]), exact);
    expect(product).toBeAllClose(tf.tensor1d([10, 21]), exact);
    const [dA, dB] = tf.grads((x, y) => {
      const outputs = sumAndProduct({ a: x, b: y });
      return tf.sum(tf.add(outputs[0], tf.mul(outputs[1], 10)));
    })([a, b]);
    expect(dA).toBeAllClose(tf.tensor1d([51, 71]), exact);
    expect(dB).toBeAllClose(tf.tensor1d([21, 31]), exact);
  });

  it('leaves out an input that is undefined, and gives a constant one no gradient', () => {
    const [a, c] = [tf.tensor1d([2]), tf.tensor1d([100])];
    expect(sumAndProduct({ a, b: a, c: undefined })[0]).toBeAllClose(tf.tensor1d([4]), exact);
    expect(sumAndProduct({ a, b: a, c })[0]).toBeAllClose(tf.tensor1d([104]), exact);
    const gradient = tf.grad((x) => sumAndProduct({ a, b: a, c: x })[0]);
    expect(() => gradient(c)).toThrow('Cannot compute gradient');
  });

  it('runs the kernel that the backend has under its name', () => {
    const kernel = { kernelName: sumAndProduct.kernel, backendName: tf.getBackend() };
    tf.registerKernel({ ...kernel, kernelFunc: () => [tf.scalar(1), tf.scalar(2)] });
    try {
      const [sum, product] = sumAndProduct({ a: tf.scalar(0), b: tf.scalar(0) });
      expect([sum.dataSync()[0], product.dataSync()[0]]).toEqual([1, 2]);
    } finally {
      tf.unregisterKernel(kernel.kernelName, kernel.backendName);
    }
  });
});
