import { type Rank, tf, type Tensor2D } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import { median } from './median.js';

/** Products in a row in one call, and calls. */
const [CHAIN, RUNS] = [4, 7];

/** Side of the matrices: smaller on the eager engine, whose slowest backend takes minutes for the larger. */
const sizeOn = ({ name }: Engine): number => (name === 'graph' ? 1024 : 256);

/**
 * The engine's own speed at matrix products, which no model on it can exceed.
 *
 * Median of 7 runs of 4 dependent products of float32 matrices of 1024 x 1024 (256 x 256 on the eager
 * engine). Units: 1e9 floating point
 * operations per second, a multiplication and an addition counted as two.
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
  const size = sizeOn(engine);
  // Orthogonal up to scale on average: repeated products neither vanish nor overflow.
  const matrix = tf.randomUniform<Rank.R2>([size, size], -0.05, 0.05, 'float32', 1);
  try {
    const times: number[] = [];
    for (let i = 0; i <= RUNS; i++) {
      const start = performance.now();
      (await product(matrix, matrix)).dispose();
      if (i > 0) times.push(performance.now() - start);
    }
    return (2 * size ** 3 * CHAIN) / median(times) / 1e6;
  } finally {
    matrix.dispose();
    await product.dispose();
  }
}
