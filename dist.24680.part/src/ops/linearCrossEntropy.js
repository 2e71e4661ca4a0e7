import { assertShape } from '../core/shapes.js';
import { tf } from '../core/tf.js';
import { defineOp } from './defineOp.js';
import { gatherRows, scatterRows } from './gatherRows.js';
/** exp(logits - max) with its sum and the nats of each target; no one-hot matrix is made. */
function softmaxParts(x, table, targets) {
    const logits = tf.matMul(x, table, false, true); // [N,vocabulary]
    const top = tf.max(logits, 1, true);
    const powers = tf.exp(tf.sub(logits, top));
    const total = tf.sum(powers, 1, true); // [N,1]
    const targetRows = gatherRows(table, targets); // [N,D]
    const targetLogit = tf.sum(tf.mul(x, targetRows), 1);
    const logTotal = tf.reshape(tf.add(top, tf.log(total)), targetLogit.shape);
    return { powers, total, targetRows, nats: tf.sub(logTotal, targetLogit) };
}
function checkShapes({ x, table, targets, weights }) {
    const sizes = {};
    assertShape(x, ['N', 'D'], sizes, 'linearCrossEntropy: x');
    assertShape(table, ['vocabulary', 'D'], sizes, 'linearCrossEntropy: table');
    assertShape(targets, ['N'], sizes, 'linearCrossEntropy: targets');
    assertShape(weights, ['N'], sizes, 'linearCrossEntropy: weights');
}
/**
 * Cross-entropy of the softmax of `x tableᵀ`, together with the gradients of the weighted sum of it, so that
 * the logits are never kept for a backward pass.
 *
 *   nats_n = log sum_c exp(x_n . table_c) - x_n . table_(targets_n)
 *   dX, dTable = gradients of sum_n weights_n nats_n
 *
 * Shapes: x [N,D], table [vocabulary,D], targets [N] int32, weights [N].
 * Units: nats. Not differentiable itself: see `linearCrossEntropySum`.
 * @throws ShapeError when they do not fit.
 */
export const linearCrossEntropy = defineOp({
    name: 'PavlovLinearCrossEntropy',
    define: ({ x, table, targets, weights }) => {
        const { powers, total, targetRows, nats } = softmaxParts(x, table, targets);
        const scale = tf.expandDims(weights, 1);
        const weighted = tf.mul(powers, tf.div(scale, total)); // [N,vocabulary]
        const dX = tf.sub(tf.matMul(weighted, table), tf.mul(scale, targetRows));
        const dTarget = scatterRows(tf.mul(scale, x), targets, table.shape[0] ?? 0);
        return [nats, dX, tf.sub(tf.matMul(weighted, x, true, false), dTarget)];
    },
    call: (apply) => (inputs) => {
        checkShapes(inputs);
        const [nats, dX, dTable] = apply(inputs);
        return { nats: nats, dX, dTable }; // of rank 1, as the targets are
    },
});
/**
 * Sum of weights times nats, differentiable in `x` and `table`.
 *
 * Shapes: as `linearCrossEntropy` -> scalar. Units: nats.
 */
export function linearCrossEntropySum(x, table, targets, weights) {
    const sum = tf.customGrad((...args) => {
        // tfjs types the tensors and the `save` function that follows them as one list.
        const [h, rows, save] = args;
        const { nats, dX, dTable } = linearCrossEntropy({ x: h, table: rows, targets, weights });
        save([dX, dTable]);
        return {
            value: tf.sum(tf.mul(weights, nats)),
            gradFunc: (dy, saved) => saved.map((gradient) => tf.mul(dy, gradient)),
        };
    });
    return sum(x, table); // a sum over all axes
}
/**
 * Cross-entropy of each target, without gradients being prepared.
 *
 * Shapes: x [N,D], table [vocabulary,D], targets [N] int32 -> [N]. Units: nats.
 */
export function linearNats(x, table, targets) {
    return softmaxParts(x, table, targets).nats; // a sum over the last of two axes
}
