/** Paths of settings that have had another name, by the old path. */
const RENAMED: Readonly<Record<string, string>> = {
  'model.blocks': 'model.layers',
  'model.head': 'model.mixer',
  'model.vocabulary': 'model.vocabularySize',
  'model.form': 'part of model.mixer',
  'tokenizer.vocabulary': 'tokenizer.vocabularySize',
  'train.rows': 'train.batchSize',
  'train.length': 'train.sequenceLength',
  'train.accumulate': 'train.accumulationSteps',
  'train.evalRows': 'train.evalBatchSize',
  'train.histogramEvery': 'train.diagnosticsEvery',
  'sample.tokens': 'sample.maxTokens',
};

/** The new path of a setting that is known by this one no more; `undefined` when it has had no other. */
export function newPathOf(path: readonly PropertyKey[]): string | undefined {
  const old = path.map(String).join('.');
  return Object.hasOwn(RENAMED, old) ? RENAMED[old] : undefined;
}

/** What to say of a setting under its old path: `unknown key; it is now train.batchSize`; `undefined` as above. */
export function renamedMessage(path: readonly PropertyKey[]): string | undefined {
  const now = newPathOf(path);
  return now === undefined ? undefined : `unknown key; it is now ${now}`;
}

/** A line for every setting of a saved config that stands under an old name, such as `config.train.rows: ...`. */
export function renamedKeys(config: object): string[] {
  return Object.entries(config).flatMap(([group, settings]: [string, unknown]) =>
    Object.keys(settings !== null && typeof settings === 'object' ? settings : {}).flatMap((key) => {
      const message = renamedMessage([group, key]);
      return message === undefined ? [] : [`config.${group}.${key}: ${message}`];
    }),
  );
}
