import { rmsNorm } from '../../../ops/rmsNorm.js';
import { unitNormalise } from '../../../ops/unitNormalise.js';
import type { GraphBuilder } from '../builder.js';
import { attribute, inputOf, isSmall, type Lowering, type Lowerings } from '../lowering.js';
import type { Value } from '../value.js';
import { arithmetic, binary, same } from './elementwise.js';

/**
 * x / sqrt(mean(x²) + epsilon) times a constant, as one node: quicker than six for few elements. For many,
 * ONNX Runtime's normalisation is slower than its parts, whose small ones the gradient then shares.
 */
function oneNode(g: GraphBuilder, x: Value, epsilon: number, factor: number): Value {
  const scale = g.uniform(factor, [x.shape.at(-1) ?? 1], 'float32');
  const attributes = { axis: -1, epsilon: { f: epsilon }, stash_type: 1 };
  return g.op('SimplifiedLayerNormalization', [x, scale], attributes, x);
}

/** x / sqrt(factor sum(x²) + epsilon), node by node as the definition has it. */
function inParts(g: GraphBuilder, x: Value, epsilon: number, factor: number): Value {
  const kept = { shape: [...x.shape.slice(0, -1), 1], dtype: x.dtype };
  const sum = g.op('ReduceSumSquare', [x, g.ints([x.shape.length - 1])], { keepdims: 1 }, kept);
  const scaled = factor === 1 ? sum : binary(g, 'Mul', sum, g.scalar(factor));
  const root = same(g, 'Sqrt', [arithmetic(g, 'Add', scaled, g.scalar(epsilon))], sum);
  return binary(g, 'Mul', x, same(g, 'Reciprocal', [root], sum));
}

const rms: Lowering = (g, inputs, attrs) => {
  const x = inputOf(inputs, 'x');
  const epsilon = attribute<number>(attrs, 'epsilon');
  return isSmall(x) ? oneNode(g, x, epsilon, 1) : inParts(g, x, epsilon, 1 / (x.shape.at(-1) ?? 1));
};

const unit: Lowering = (g, inputs, attrs) => {
  const x = inputOf(inputs, 'x');
  const [D, epsilon] = [x.shape.at(-1) ?? 1, attribute<number>(attrs, 'epsilon')];
  return isSmall(x) ? oneNode(g, x, epsilon / D, 1 / Math.sqrt(D)) : inParts(g, x, epsilon, 1);
};

export const norms: Lowerings = { [rmsNorm.kernel]: rms, [unitNormalise.kernel]: unit };
