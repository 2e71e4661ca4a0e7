import { tf, type Tensor } from '../core/tf.js';

/** Kernels that move numbers and compute none. */
const MOVES =
  /^(Identity|Reshape|Cast|Slice|Concat|Transpose|Pack|Unpack|Tile|Fill|ZerosLike|OnesLike|SplitV|Complex)$/;

/** Numbers in all tensors of these shapes. */
function sizesOf(shapes: readonly (readonly number[] | number)[]): number {
  return shapes.reduce<number>(
    (sum, shape) => sum + (typeof shape === 'number' ? shape : shape.reduce((a, b) => a * b, 1)),
    0,
  );
}

/**
 * Operations of a matrix product `[..,m,n] [..,n,p]`, either of which may be transposed: 2 n for each number of the result,
 * and 1 for an outer product, which adds nothing up.
 */
export function productOperations(inputs: readonly (readonly number[])[], output: readonly number[]): number {
  const [a = 1, b = 1, out = 1] = [inputs[0], inputs[1], output].map((shape) =>
    sizesOf([shape?.slice(-2) ?? []]),
  );
  // The two sizes hold n twice and the result not at all.
  const n = Math.sqrt((a * b) / out);
  return (n === 1 ? 1 : 2 * n) * sizesOf([output]);
}

/** Operations of a function of tensors, one per result of each kernel, and 2 n for sums of n products; of one product 1. */
export async function countOperations(run: () => Tensor[]): Promise<number> {
  const { kernels, result } = await tf.profile(() => tf.tidy(run));
  tf.dispose(result);
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    if (MOVES.test(name)) return sum;
    const results = outputShapes.flat().length === 0 ? 1 : sizesOf(outputShapes);
    const isReduction = /^(Sum|Mean|Max|Min|Prod)$/.test(name);
    if (name.includes('MatMul')) return sum + productOperations(inputShapes, outputShapes[0] ?? []);
    return sum + (isReduction ? sizesOf(inputShapes) : results);
  }, 0);
}
