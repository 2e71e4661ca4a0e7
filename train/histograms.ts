import type { BatchShape, TokenSet } from '../data/index.js';
import { validationBatches } from '../data/index.js';
import { tf, type Tensor, type Tensor2D } from '../src/core/tf.js';
import type { Engine } from '../src/engine/engine.js';
import type { LanguageModel } from '../src/model/languageModel.js';
import { batchTensors } from './step.js';

export type Histograms = Readonly<Record<string, Float32Array>>;

/** Rows of text that the distributions are taken from. */
const ROWS = 4;

/** The values of each head of a quantity `[B,H,T]` or `[B,H,T,K]`. */
function byHead(values: Float32Array, [rows = 0, heads = 0, ...rest]: readonly number[]): Float32Array[] {
  const size = rest.reduce((product, n) => product * n, 1);
  return Array.from({ length: heads }, (_, head) => {
    const part = new Float32Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const begin = (row * heads + head) * size;
      part.set(values.subarray(begin, begin + size), row * size);
    }
    return part;
  });
}

/** `decay/block 0/head 2` for head 2 of `blocks.0.decay`. */
function tagOf(name: string, head: number): string {
  const [, block = '', quantity = name] = /^blocks\.(\d+)\.(.+)$/.exec(name) ?? [];
  return `${quantity}/block ${block}/head ${head}`;
}

/**
 * Makes the function that gives how strongly each head forgets and writes on a few rows of validation text, as
 * the weights are in the engine.
 *
 * Units: decay is the share kept a token; write strengths are those of the rule's signals.
 */
export function createHistograms(
  engine: Engine,
  model: LanguageModel,
  set: TokenSet,
  { length }: BatchShape,
): { readonly histograms: () => Promise<Histograms>; readonly dispose: () => Promise<void> } {
  const compiled = engine.compile(
    (...[ids, documents]: readonly [Tensor2D, Tensor2D]): Record<string, Tensor> =>
      model.diagnostics(ids, documents),
    { variables: model.variables, name: 'diagnostics' },
  );
  const [batch] = validationBatches(set, { rows: ROWS, length });
  return {
    histograms: async () => {
      if (batch === undefined) return {};
      const [ids, targets, weights, documents] = batchTensors(batch);
      const found = await compiled(ids, documents);
      const named = Object.entries(found).flatMap(([name, tensor]) => {
        const values = tensor.dataSync<'float32'>();
        return byHead(values, tensor.shape).map((part, head) => [tagOf(name, head), part] as const);
      });
      tf.dispose([ids, targets, weights, documents, ...Object.values(found)]);
      return Object.fromEntries(named);
    },
    dispose: async () => compiled.dispose(),
  };
}
