import { TraceError } from '../../../core/errors.js';
import { tf } from '../../../core/tf.js';
import { sizeOf } from '../../../core/shapes.js';
import { attribute, inputOf } from '../lowering.js';
import { arithmetic, same } from './elementwise.js';
const rows = ({ value, transposed }) => value.shape.at(transposed ? -1 : -2) ?? 1;
const columns = ({ value, transposed }) => value.shape.at(transposed ? -2 : -1) ?? 1;
/**
 * A matrix product. Transposes are flags of the node, never nodes of their own: `Gemm` for matrices,
 * `FusedMatMul` for batches.
 */
export function product(g, a, b) {
    const rowsOf = a.transposed || b.value.shape.length !== 2 ? undefined : a.value.base;
    if (rowsOf && a.value.shape.length === 2 && rowsOf.shape.at(-1) === a.value.shape[1]) {
        // Rows seen as a matrix: the runtime takes them with the axes they have, and no reshape is left.
        return g.reshape(product(g, { value: rowsOf, transposed: false }, b), [rows(a), columns(b)]);
    }
    const batch = tf.backend_util.assertAndGetBroadcastShape([...a.value.shape.slice(0, -2)], [...b.value.shape.slice(0, -2)]);
    const shape = [...batch, rows(a), columns(b)];
    const info = { shape, dtype: a.value.dtype, flops: 2 * sizeOf(shape) * columns(a) };
    const flags = { transA: a.transposed ? 1 : 0, transB: b.transposed ? 1 : 0 };
    const inputs = [a.value, b.value];
    if (batch.length === 0)
        return g.op('Gemm', inputs, flags, info);
    if (!a.transposed && !b.transposed)
        return g.op('MatMul', inputs, {}, info);
    return g.op('FusedMatMul', inputs, flags, info, 'com.microsoft');
}
const activations = { relu: 'Relu', sigmoid: 'Sigmoid', elu: 'Elu' };
export const products = {
    BatchMatMul: (g, inputs, attrs) => product(g, { value: inputOf(inputs, 'a'), transposed: attribute(attrs, 'transposeA') }, { value: inputOf(inputs, 'b'), transposed: attribute(attrs, 'transposeB') }),
    _FusedMatMul: (g, inputs, attrs) => {
        const a = { value: inputOf(inputs, 'a'), transposed: attribute(attrs, 'transposeA') };
        const b = { value: inputOf(inputs, 'b'), transposed: attribute(attrs, 'transposeB') };
        const plain = product(g, a, b);
        const sum = inputs.bias ? arithmetic(g, 'Add', plain, inputs.bias) : plain;
        const activation = attribute(attrs, 'activation') ?? 'linear';
        if (activation === 'linear')
            return sum;
        const type = activations[activation];
        if (type)
            return same(g, type, [sum], sum);
        throw new TraceError(`fused matMul: expected activation linear, relu, sigmoid or elu, got ${activation}; apply it as an op`);
    },
};
