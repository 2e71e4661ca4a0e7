import type { CellCost } from '../eval/compare/contract.js';
import type { Model, WeightInfo } from '../src/model/model.js';

/** What the count needs to know of a model. */
export type CostedModel = Pick<Model, 'parameterCount' | 'weights' | 'layers' | 'stateBytes'>;

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
 * Operations per token: 2 for each entry of the matrices it meets, logits included, and what each mixer counts beside
 * them in rows of `length` tokens. Norms and other passes over single vectors are not counted.
 */
export async function costOf(model: CostedModel, length: number): Promise<CellCost> {
  let operations = weightOperations(model.weights);
  // One after the other: tfjs profiles one function at a time.
  for (const { plan } of model.layers) operations += await plan.operations(length);
  return {
    parameters: model.parameterCount,
    stateBytes: model.stateBytes(length),
    flopsPerToken: Math.round(operations),
  };
}
