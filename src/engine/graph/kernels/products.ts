import { TraceError } from '../../../core/errors.js';
import { tf } from '../../../core/tf.js';
import { sameShape, sizeOf } from '../../../core/shapes.js';
import type { GraphBuilder } from '../builder.js';
import { attribute, inputOf, type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
import { arithmetic, same } from './elementwise.js';
import { transpose } from './shaping.js';

/** How one side of a product is read. */
interface Side {
  readonly value: Value;
  readonly transposed: boolean;
}

const rows = ({ value, transposed }: Side): number => value.shape.at(transposed ? -1 : -2) ?? 1;
const columns = ({ value, transposed }: Side): number => value.shape.at(transposed ? -2 : -1) ?? 1;

/** A side with its transpose made by a node. */
function turned(g: GraphBuilder, { value, transposed }: Side): Value {
  const order = value.shape.map((_, axis) => axis);
  return transposed ? transpose(g, value, [...order.slice(0, -2), ...order.slice(-2).reverse()]) : value;
}

/** A column as a matrix of one row, where its data is one: no node turns it. */
function asRow(column: Side): Value | undefined {
  const data = column.value.base ?? column.value;
  return sameShape(data.shape, [...column.value.shape.slice(0, -2), 1, rows(column)]) ? data : undefined;
}

/**
 * A matrix product. Transposes are flags of the node, not nodes of their own: `Gemm` for matrices, `FusedMatMul` for
 * batches where the device has it.
 */
export function product(g: GraphBuilder, a: Side, b: Side): Value {
  const rowsOf = a.transposed || b.value.shape.length !== 2 ? undefined : a.value.base;
  if (rowsOf && a.value.shape.length === 2 && rowsOf.shape.at(-1) === a.value.shape[1]) {
    // Rows seen as a matrix: the runtime takes them with the axes they have, and no reshape is left.
    return g.reshape(product(g, { value: rowsOf, transposed: false }, b), [rows(a), columns(b)]);
  }
  const turns = a.transposed || !g.device.lacks.has('FusedMatMul');
  const row = turns && columns(b) === 1 && rows(a) !== 1 ? asRow(b) : undefined;
  if (row) {
    // a b = (bᵀ aᵀ)ᵀ, and the transposes of vectors are other shapes of them. Not where that of the matrix takes a node.
    const y = product(g, { value: row, transposed: false }, { ...a, transposed: !a.transposed });
    return g.reshape(y, [...y.shape.slice(0, -2), rows(a), 1]);
  }
  const batch = tf.backend_util.assertAndGetBroadcastShape(
    [...a.value.shape.slice(0, -2)],
    [...b.value.shape.slice(0, -2)],
  );
  const shape = [...batch, rows(a), columns(b)];
  const info = { shape, dtype: a.value.dtype, flops: 2 * sizeOf(shape) * columns(a) };
  const flags = { transA: a.transposed ? 1 : 0, transB: b.transposed ? 1 : 0 };
  const inputs = [a.value, b.value];
  if (batch.length === 0) return g.op('Gemm', inputs, flags, info);
  const isPlain = !a.transposed && !b.transposed;
  if (isPlain || g.device.lacks.has('FusedMatMul'))
    return g.op('MatMul', [turned(g, a), turned(g, b)], {}, info);
  return g.op('FusedMatMul', inputs, flags, info, 'com.microsoft');
}

const activations: Readonly<Record<string, string>> = { relu: 'Relu', sigmoid: 'Sigmoid', elu: 'Elu' };

export const products: Lowerings = {
  BatchMatMul: (g, inputs, attrs) =>
    product(
      g,
      { value: inputOf(inputs, 'a'), transposed: attribute<boolean>(attrs, 'transposeA') },
      { value: inputOf(inputs, 'b'), transposed: attribute<boolean>(attrs, 'transposeB') },
    ),
  _FusedMatMul: (g, inputs, attrs) => {
    const a = { value: inputOf(inputs, 'a'), transposed: attribute<boolean>(attrs, 'transposeA') };
    const b = { value: inputOf(inputs, 'b'), transposed: attribute<boolean>(attrs, 'transposeB') };
    const plain = product(g, a, b);
    const sum = inputs.bias ? arithmetic(g, 'Add', plain, inputs.bias) : plain;
    const activation = attribute<string | null | undefined>(attrs, 'activation') ?? 'linear';
    if (activation === 'linear') return sum;
    const type = activations[activation];
    if (type) return same(g, type, [sum], sum);
    throw new TraceError(
      `fused matMul: expected activation linear, relu, sigmoid or elu, got ${activation}; apply it as an op`,
    );
  },
};
