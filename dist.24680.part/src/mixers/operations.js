import { tf } from '../core/tf.js';
/** Kernels that move numbers and compute none. */
const MOVES = /^(Identity|Reshape|Cast|Slice|Concat|Transpose|Pack|Unpack|Tile|Fill|ZerosLike|OnesLike|SplitV|Complex)$/;
/** Numbers in all tensors of these shapes. */
function sizesOf(shapes) {
    return shapes.reduce((sum, shape) => sum + (typeof shape === 'number' ? shape : shape.reduce((a, b) => a * b, 1)), 0);
}
/** Operations of a function of tensors, one per result of each kernel, and 2 n for sums of n products. */
export async function countOperations(run) {
    const { kernels, result } = await tf.profile(() => tf.tidy(run));
    tf.dispose(result);
    return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
        if (MOVES.test(name))
            return sum;
        const results = outputShapes.flat().length === 0 ? 1 : sizesOf(outputShapes);
        const isProduct = name.includes('MatMul');
        const isReduction = /^(Sum|Mean|Max|Min|Prod)$/.test(name);
        if (isProduct)
            return sum + 2 * results * (inputShapes[0]?.at(-1) ?? 1);
        return sum + (isReduction ? sizesOf(inputShapes) : results);
    }, 0);
}
