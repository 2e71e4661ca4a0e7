import { type Rank, tf, type Tensor2D } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import { median } from './median.js';

/** Side of the matrices, and products in a row in one call. */
const [SIZE, CHAIN, RUNS] = [1024, 4, 7];

/**
 * The engine's own speed at matrix products, which no model on it can exceed.
 *
 * Median of 7 runs of 4 dependent products of 1024 x 1024 float32 matrices. Units: 1e9 floating point
 * operations a second, a multiplication and an addition counted as two.
 */
export async function gemmGflops(engine: Engine): Promise<number> {
  const product = engine.compile(
    (a: Tensor2D, b: Tensor2D) => {
      let c = a;
      for (let i = 0; i < CHAIN; i++) c = tf.matMul(c, b);
      return tf.sum(c);
    },
    { name: 'gemm' },
  );
  // Orthogonal up to scale on average: repeated products neither vanish nor overflow.
  const matrix = tf.randomUniform<Rank.R2>([SIZE, SIZE], -0.05, 0.05, 'float32', 1);
  try {
    const times: number[] = [];
    for (let i = 0; i <= RUNS; i++) {
      const start = performance.now();
      (await product(matrix, matrix)).dispose();
      if (i > 0) times.push(performance.now() - start);
    }
    return (2 * SIZE ** 3 * CHAIN) / median(times) / 1e6;
  } finally {
    matrix.dispose();
    await product.dispose();
  }
}
