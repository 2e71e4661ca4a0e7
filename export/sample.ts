import { tf } from '../src/core/tf.js';
import { initDecodeState, prefill } from '../src/model/decode.js';
import type { Model } from '../src/model/model.js';

/** What a model gives on a few tokens, written beside an export so that others can check what they compute. */
export interface Sample {
  readonly ids: readonly number[];
  /** After the last token. */
  readonly logits: readonly number[];
}

const LENGTH = 24;

/** Logits of a model after these tokens. */
export function logitsAfter(model: Model, ids: readonly number[]): Float32Array {
  const logits = tf.tidy(() => {
    const state = initDecodeState(model, 1, { cacheLength: ids.length });
    return prefill(model, tf.tensor2d([...ids], [1, ids.length], 'int32'), state).logits;
  });
  const values = logits.dataSync<'float32'>();
  logits.dispose();
  return values;
}

/** A sample of ids spread over the vocabulary. */
export function sampleOf(model: Model, vocabularySize: number): Sample {
  const ids = Array.from({ length: LENGTH }, (_, i) => (97 * i + 31) % vocabularySize);
  return { ids, logits: Array.from(logitsAfter(model, ids)) };
}
