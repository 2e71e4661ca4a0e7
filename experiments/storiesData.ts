import { type Corpus, describeCorpus, type Following, loadCorpus, tokenizerFor } from '../data/index.js';
import { ConfigError } from '../src/core/errors.js';
import type { RunConfig } from '../train/index.js';

/**
 * Refuses a run on stories of which none would be left to test it: it validates at intervals on the first
 * `train.evalStories` validation stories, by which a learning rate is chosen, and is tested on the rest of them.
 *
 * @param validation how many validation stories there are; not looked at unless given.
 * @throws ConfigError that names the setting.
 */
export function checkSplit({ train, data }: RunConfig, validation = Infinity): void {
  const { evalEvery, evalStories } = train;
  if (evalEvery === null || evalStories === null) {
    throw new ConfigError(
      `config.train.${evalEvery === null ? 'evalEvery' : 'evalStories'}: expected a number, got null; a learning rate is chosen on the first evalStories stories and tested on the rest`,
    );
  }
  if (evalStories < validation) return;
  const advice =
    validation > 1
      ? `set it to at most ${validation - 1}, or use more text`
      : 'one story cannot both choose and test; split the text into stories, or add a validation file';
  throw new ConfigError(
    `config.train.evalStories: expected fewer than the validation stories of ${data.source} (${validation}), got ${evalStories}; ${advice}`,
  );
}

/**
 * Checks that runs on stories can be trained and tested: that their text is there and whole, that a prepared set has the
 * tokenizer they ask for, and that stories are left for the test. Reads each text once.
 *
 * @returns the fingerprint of the text of each.
 * @throws DataError, ConfigError as reading and `checkSplit` do.
 */
export async function checkStories(configs: readonly RunConfig[], following: Following): Promise<string[]> {
  const fingerprints: string[] = [];
  const read = new Map<string, { readonly corpus: Corpus; readonly validation: number }>();
  for (const config of configs) {
    const { data, tokenizer } = config;
    checkSplit(config);
    const key = JSON.stringify([data.source, data.textColumn]);
    let found = read.get(key);
    if (!found) {
      const corpus = await loadCorpus(data.source, { textColumn: data.textColumn, ...following });
      // Finds what is damaged, too; of a prepared set a checksum says it.
      const { validation } = await describeCorpus(corpus, corpus.prepared?.set, following);
      found = { corpus, validation: validation.stories };
      read.set(key, found);
    }
    const { name, vocabularySize } = tokenizer;
    if (found.corpus.prepared) await tokenizerFor(found.corpus, name, { vocabularySize, ...following });
    checkSplit(config, found.validation);
    fingerprints.push(found.corpus.fingerprint);
  }
  return fingerprints;
}
