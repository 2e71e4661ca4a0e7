import { encodeStories, loadCorpus, tokenizerFor, type Tokenizer } from '../../data/index.js';
import { saveCheckpoint } from '../../src/checkpoint/store.js';
import type { JsonObject } from '../../src/checkpoint/manifest.js';
import { Model } from '../../src/model/model.js';
import { resolveConfig } from '../../train/config/resolveConfig.js';

const VOCABULARY = 300;

export interface UntrainedRun {
  /** The step folder. */
  readonly path: string;
  readonly tokenizer: Tokenizer;
  readonly model: Model;
  readonly validation: ReturnType<typeof encodeStories>;
}

/** A run folder with the checkpoint of a small model as it is before training, on the toy stories. */
export async function saveUntrainedRun(
  run: string,
  more: readonly string[] = [],
  data: JsonObject = {},
): Promise<UntrainedRun> {
  const sets = [
    'model.width=16',
    'model.layers=1',
    'model.mlpWidth=16',
    `tokenizer.vocabularySize=${VOCABULARY}`,
    ...more,
  ];
  const config = await resolveConfig({ preset: 'smoke', sets });
  const corpus = await loadCorpus('toy');
  const tokenizer = await tokenizerFor(corpus, config.tokenizer.name, { vocabularySize: VOCABULARY });
  const modelConfig = { ...config.model, vocabularySize: tokenizer.vocabularySize };
  const model = Model.create(modelConfig, 1);
  const weights = model.weights.map(({ name, shape, variable }) => {
    // The cast: weights are float32.
    return [name, { dtype: 'F32' as const, shape, data: variable.dataSync() as Float32Array }] as const;
  });
  const path = await saveCheckpoint(run, {
    step: 0,
    config: config,
    model: modelConfig,
    tokenizer: tokenizer.toJSON() as JsonObject,
    cursor: null,
    rng: {},
    progress: {},
    versions: {},
    data,
    weights: new Map(weights),
    optimizer: new Map(),
  });
  return { path, tokenizer, model, validation: encodeStories(corpus.validation, tokenizer) };
}
