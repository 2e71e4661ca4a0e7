import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folder.js';
import { pavlov } from '../support/pavlov.js';

const folder = temporaryFolder();

/** The delta rule with a beta that may be twice what its bound allows. */
const RASH = `import { rules } from 'pavlov-lm';
const beta = { low: 0, high: 4, initial: 3, meaning: 'more than all of the error' };
export default { ...rules.delta, name: 'rash', signals: { beta }, params: {} };
`;

describe('pavlov train with a memory beyond its bound', () => {
  it('says so where the run is followed and in its metrics, and goes on', async () => {
    const [file, out] = [join(folder, 'rash.mjs'), join(folder, 'run')];
    writeFileSync(file, RASH);
    const sets = [
      ...[
        'model.width=16',
        'model.layers=1',
        'model.mlpWidth=16',
        'tokenizer.vocabularySize=300',
        'train.batchSize=2',
      ],
      ...['train.sequenceLength=16', 'train.evalStories=4', 'sample.maxTokens=4', 'data.cacheFolder=null'],
      ...['data.trainStories=50', 'train.diagnosticsEvery=1', 'train.onNonFinite=skip'],
    ].flatMap((set) => ['--set', set]);
    const args = ['train', '--preset', 'smoke', '--rule', file, '--steps', '1', '--out', out];
    const { stdout, stderr } = await pavlov([...args, ...sets, '--stop-after', '1']);
    const said =
      /warning: step 1, block 0 head \d \(and 1 more\): expected beta \|k\|\^2 of at most 2, got (\d\.?\d*); /;
    expect(stdout + stderr).toMatch(said);
    const lines = readFileSync(join(out, 'metrics.jsonl'), 'utf8').trim().split('\n');
    const warnings = lines
      .map((line) => JSON.parse(line) as { type: string })
      .filter(({ type }) => type === 'warning');
    expect(warnings).toContainEqual(
      expect.objectContaining({ kind: 'bound', step: 1, block: 0, limit: 2, heads: 2 }),
    );
  });
});
