import { gatherRows } from '../ops/gatherRows.js';
import { sizeOf } from '../core/shapes.js';
import { tf, type Tensor } from '../core/tf.js';
import { z } from 'zod';
import { above0, count } from '../core/schema.js';
import { type Weights, weightOf, type WeightSpec } from '../core/weights.js';
import { PavlovLayer, registerLayer } from './pavlovLayer.js';

const schema = z.strictObject({
  vocabularySize: count.describe('number of token ids'),
  width: count.describe('model width D'),
  scale: above0.default(1).describe('factor on the rows looked up'),
  deviation: above0.default(0.02).describe('standard deviation of the table at initialisation'),
});

type Shape = (number | null)[];

/**
 * Token ids to rows of a table scaled to the stream, as the model reads them.
 *
 * Shapes: table [vocabulary,D], ids [B,T] int32 -> [B,T,D].
 */
export function embedTokens(table: Tensor, ids: Tensor, scale: number): Tensor {
  const rows = gatherRows(table, ids);
  return scale === 1 ? rows : tf.mul(rows, scale);
}

/**
 * Logits by the same table.
 *
 *   logits = x tableᵀ
 *
 * Shapes: table [vocabulary,D], x [...,D] -> [...,vocabulary].
 */
export function tiedLogits(table: Tensor, x: Tensor): Tensor {
  const [vocabulary = 0, D = 0] = table.shape;
  const flat = x.rank === 2 ? x : tf.reshape(x, [sizeOf(x.shape) / D, D]);
  const logits = tf.matMul(flat, table, false, true);
  return x.rank === 2 ? logits : tf.reshape(logits, [...x.shape.slice(0, -1), vocabulary]);
}

/**
 * The table of tokens, for both ends of a model: applied to ids it looks up rows, applied to vectors it gives
 * logits (Press and Wolf 2017, arXiv:1608.05859).
 *
 *   rows: y = scale table_id      logits: y = x tableᵀ
 *
 * Shapes: ids [B,T] -> [B,T,D]; x [B,T,D] -> [B,T,vocabulary].
 */
export class TokenEmbedding extends PavlovLayer<typeof schema> {
  static override readonly className = 'PavlovTokenEmbedding';
  static override readonly schema = schema;

  override build(): void {
    super.build([null, this.options.width]);
  }

  override specsFor(): WeightSpec[] {
    const { vocabularySize, width, deviation } = this.options;
    return [
      {
        name: 'table',
        shape: [vocabularySize, width],
        initial: (rng) => rng.normals(vocabularySize * width, deviation),
        decayed: false,
        matrix: false,
      },
    ];
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    const [B = null, T = null, ...rest] = super.computeOutputShape(inputShape);
    return [B, T, rest.length > 0 ? this.options.vocabularySize : this.options.width];
  }

  protected override body(weights: Weights, x: Tensor): Tensor {
    const table = weightOf(weights, 'table');
    if (x.rank > 2) return tiedLogits(table, x);
    return embedTokens(table, tf.cast(x, 'int32'), this.options.scale);
  }
}

registerLayer(TokenEmbedding);
