import type { CellCost } from '../eval/compare/contract.js';
import { tf, type Tensor } from '../src/core/tf.js';
import { gates } from '../src/gates/registry.js';
import { lookUp } from '../src/core/errors.js';
import { resolveParams } from '../src/core/params.js';
import type { ModelConfig } from '../src/model/config.js';
import { headKinds } from '../src/model/config.js';
import type { WeightInfo } from '../src/model/layerStack.js';
import { rules } from '../src/rules/registry.js';

/** What the count needs to know of a model. */
export interface CostedModel {
  readonly parameterCount: number;
  readonly weights: readonly WeightInfo[];
}

type HeadConfig = Omit<ModelConfig, 'vocabularySize'>;

/** Kernels that move numbers and compute none. */
const MOVES =
  /^(Identity|Reshape|Cast|Slice|Concat|Transpose|Pack|Unpack|Tile|Fill|ZerosLike|OnesLike|SplitV|Complex)$/;

/** Operations of a function of tensors, one a result of each kernel, and 2 n for sums of n products. */
async function countOperations(run: () => Tensor[]): Promise<number> {
  const { kernels, result } = await tf.profile(() => tf.tidy(run));
  tf.dispose(result);
  return kernels.reduce((sum, { name, inputShapes, outputShapes }) => {
    if (MOVES.test(name)) return sum;
    const results = outputShapes.flat().length === 0 ? 1 : sizesOf(outputShapes);
    const isProduct = name.includes('MatMul');
    const isReduction = /^(Sum|Mean|Max|Min|Prod)$/.test(name);
    if (isProduct) return sum + 2 * results * (inputShapes[0]?.at(-1) ?? 1);
    return sum + (isReduction ? sizesOf(inputShapes) : results);
  }, 0);
}

/** Numbers in all tensors of these shapes. */
function sizesOf(shapes: readonly (readonly number[] | number)[]): number {
  return shapes.reduce<number>(
    (sum, shape) => sum + (typeof shape === 'number' ? shape : shape.reduce((a, b) => a * b, 1)),
    0,
  );
}

/** Operations of one token through the memories of one layer, by the rule's definition. */
async function memoryOperations(config: HeadConfig): Promise<number> {
  const { keySize: K, valueSize: V, keyValueHeads } = config;
  const H = keyValueHeads ?? config.heads;
  const sharedReads = 2 * (config.heads - H) * K * V;
  const rule = lookUp('config.model.rule', rules, config.rule);
  const gate = lookUp('config.model.gate', gates, config.gate);
  const params = resolveParams(rule.params, config.ruleParams, 'config.model.ruleParams');
  const gateParams = resolveParams(gate.params, config.gateParams, 'config.model.gateParams');
  const place = { H, K, layer: 0, layers: config.layers };
  const columns = gate.columns(place);
  const own = await countOperations(() => {
    const weights = gate
      .weights(place, gateParams)
      .map(({ name, shape }) => [name, tf.zeros([...shape])] as const);
    const projected = columns === 0 ? undefined : tf.zeros(columns === 1 ? [1, H, 1] : [1, H, 1, columns]);
    const logDecay = gate.logDecay({ B: 1, T: 1, projected }, Object.fromEntries(weights), place, gateParams);
    const key = tf.ones([1, H, K]);
    const { output, state } = rule.step(
      rule.initState({ B: 1, H, K, V }, params),
      {
        q: key,
        k: key,
        v: tf.ones([1, H, V]),
        signals: Object.fromEntries(Object.keys(rule.signals).map((name) => [name, tf.ones([1, H])])),
        logDecay: logDecay && tf.reshape(logDecay, logDecay.rank === 4 ? [1, H, K] : [1, H]),
      },
      params,
    );
    return [output, ...Object.values(state)];
  });
  return own + sharedReads;
}

/** Multiplications and additions of one token with the weights: a table is read only where logits are made. */
function weightOperations(weights: readonly WeightInfo[]): number {
  const isUntied = weights.some(({ name }) => name.startsWith('readOut'));
  const used = weights.filter(
    ({ name, shape }) => shape.length > 1 && !(isUntied && name.startsWith('embedding')),
  );
  return used.reduce((sum, { shape }) => sum + 2 * shape.reduce((a, b) => a * b, 1), 0);
}

/**
 * What a model costs, the same on every machine.
 *
 * Operations per token: 2 for each entry of the matrices it meets, logits included, and those of its memories by
 * the rule's definition, token by token. A softmax head looks back over half of `length` tokens. Norms and other
 * passes over single vectors are not counted.
 */
export async function costOf(
  model: CostedModel,
  config: HeadConfig,
  { length, stateBytes }: { readonly length: number; readonly stateBytes: number },
): Promise<CellCost> {
  const kinds = headKinds(config);
  const softmax = kinds.filter((kind) => kind === 'softmax').length;
  const { heads: H, keySize: K, valueSize: V } = config;
  const lookBack = 2 * H * (K + V) * (length / 2);
  const memories = softmax === kinds.length ? 0 : await memoryOperations(config);
  return {
    parameters: model.parameterCount,
    stateBytes,
    flopsPerToken: Math.round(
      weightOperations(model.weights) + softmax * lookBack + (kinds.length - softmax) * memories,
    ),
  };
}
