import { NonFiniteError, tf } from 'pavlov-lm';
import { validationBatches } from 'pavlov-lm/data';
import { bootstrapMean, type Probe } from 'pavlov-lm/eval';

/** How sure the model is of its next token: the probability of its likeliest, averaged over each story. */
const confidence: Probe = {
  name: 'confidence',
  title: 'How sure the model is of the next token',
  source:
    'The probability of the likeliest next token, averaged over the tokens of a story, then over stories.',
  async run({ engine, model, tokenizer, validation, shape, rng, onProgress }) {
    const top = engine.compile(
      (ids: tf.Tensor2D, documents: tf.Tensor2D) => tf.max(tf.softmax(model.logits(ids, documents)), 2),
      { variables: model.variables, name: 'confidence' },
    );
    const sums = new Map<number, { sum: number; tokens: number }>();
    let done = 0;
    try {
      for (const { batchSize, sequenceLength, ...batch } of validationBatches(validation, shape)) {
        const tensor = (values: Int32Array): tf.Tensor2D =>
          tf.tensor2d(values, [batchSize, sequenceLength], 'int32');
        const inputs = [tensor(batch.inputs), tensor(batch.documents)] as const;
        const result = await top(...inputs);
        const found = await result.data();
        tf.dispose([...inputs, result]);
        batch.stories.forEach((story, i) => {
          if (!batch.lossMask[i]) return;
          const { sum, tokens } = sums.get(story) ?? { sum: 0, tokens: 0 };
          sums.set(story, { sum: sum + (found[i] ?? NaN), tokens: tokens + 1 });
          done += 1;
        });
        onProgress?.(Math.min(1, done / (validation.tokens.length + validation.starts.length - 1)));
      }
    } finally {
      await top.dispose();
    }
    const means = [...sums.values()].map(({ sum, tokens }) => sum / tokens);
    if (!means.every(Number.isFinite)) {
      throw new NonFiniteError('probe confidence: expected probabilities, got NaN; the model has diverged');
    }
    const interval = bootstrapMean(means, { rng: rng.derive('confidence') });
    return {
      results: [
        {
          probe: 'confidence',
          metric: 'topProbability',
          unit: 'probability',
          n: means.length,
          ...interval,
          slices: [],
          baselines: { uniform: 1 / tokenizer.vocabularySize },
        },
      ],
    };
  },
};

export default confidence;
