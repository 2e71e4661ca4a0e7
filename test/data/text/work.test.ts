import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeCorpus,
  encodeCorpus,
  encodeText,
  encodingWork,
  hashTokens,
  loadCorpus,
  type Corpus,
  type Following,
  type Progress,
  runWork,
  tokenizerFor,
  type Work,
} from '../../../data/index.js';
import { choosePieces } from '../../../data/text/tokenizer/choosePieces.js';
import { countWords } from '../../../data/text/tokenizer/split.js';
import { BYTES_A_TURN } from '../../../data/text/work.js';
import { trainTokenizer } from '../../support/trainTokenizer.js';
import { useTempFolder } from './support/tempFolder.js';

const folder = useTempFolder();

/** Ends work that would go on for ever, from outside: once it has let others in. */
function stopSoon(): Following & { readonly reason: Error } {
  const controller = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => controller.abort(reason), 20);
  return { signal: controller.signal, reason };
}

/** Text without an end. `open` counts the readers that were not closed. */
function endless(): Corpus & { readonly open: () => number } {
  let open = 0;
  const stories = {
    *[Symbol.iterator]() {
      open += 1;
      try {
        for (let i = 0; ; i++) yield `Story ${i} of a lamp. `.repeat(200);
      } finally {
        open -= 1;
      }
    },
  };
  const facts = { name: 'endless', bytes: 0, fingerprint: '', files: [] };
  return { ...facts, train: stories, validation: stories, open: () => open };
}

describe('long work on text', () => {
  it.each<[string, (corpus: Corpus, following: Following) => Promise<unknown>]>([
    [
      'training a tokenizer',
      (corpus, following) => tokenizerFor(corpus, 'compact', { vocabularySize: 300, ...following }),
    ],
    ['encoding', (corpus, following) => encodeCorpus(corpus, trainTokenizer('bytes'), following)],
    ['counting', (corpus, following) => describeCorpus(corpus, undefined, following)],
  ])('%s hears a request to stop and closes what it reads', async (_, start) => {
    const { reason, ...following } = stopSoon();
    const corpus = endless();
    await expect(start(corpus, following)).rejects.toBe(reason);
    expect(corpus.open()).toBe(0);
  });

  it('reading a source hears one too, and tells how far it is', async () => {
    const path = folder.write('big.txt', 'A lamp.\n<|endoftext|>\n'.repeat(200_000));
    const told: Progress[] = [];
    await loadCorpus(path, { onProgress: (progress) => told.push(progress) });
    const { bytes, total } = told.find(({ bytes: done }) => done > 0)!;
    expect([bytes > 0, total]).toEqual([true, 22 * 200_000]);
    const works = [...new Set(told.map(({ doing }) => doing))];
    expect(works).toEqual(['reading big.txt', 'counting the stories']);
    for (const work of works) {
      const controller = new AbortController();
      const reason = new Error(work);
      const onProgress = ({ doing }: Progress): void => {
        if (doing === work) controller.abort(reason);
      };
      await expect(loadCorpus(path, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    }
  });

  it('hashing hears one', async () => {
    const tokens = new Uint16Array(1 << 24);
    const set = { tokens, starts: Uint32Array.of(0, tokens.length), storyBytes: Uint32Array.of(1), bytes: 1 };
    const following = { signal: AbortSignal.abort(new Error('enough')) };
    await expect(hashTokens({ ...set, endOfText: 256, vocabularySize: 257 }, following)).rejects.toThrow(
      'enough',
    );
  });

  it('comes in short steps, whatever the text is made of', () => {
    const tokenizer = trainTokenizer('compact', ['once upon a time'], 300);
    const size = 3 * BYTES_A_TURN;
    const texts = [' ', 'x', '9', '-', '中', 'é', '🙂', '中，', '\n', 'a\u0301', ' one two'].map((unit) =>
      unit.repeat(Math.ceil(size / Buffer.byteLength(unit))),
    );
    const steps = (work: Work<unknown>): number =>
      [...work].reduce((most, bytes) => Math.max(most, bytes), 0);
    for (const text of texts) {
      // A piece has at most twice so many UTF-16 units as a turn has bytes, of three bytes each.
      expect(steps(encodingWork([text], tokenizer))).toBeLessThanOrEqual(3 * BYTES_A_TURN);
      expect(steps(countWords([text]))).toBeLessThanOrEqual(3 * BYTES_A_TURN);
    }
    const words = Array.from({ length: 1000 }, (_, i) => ({ word: ` w${i.toString(36)}`, count: i }));
    expect(steps(choosePieces(words, 10))).toBeLessThan(256);
  });

  it('gives its result whatever it is cut into', async () => {
    const amounts = fc.array(fc.integer({ min: 0, max: 2 * BYTES_A_TURN }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(amounts, async (parts) => {
        function* sum(): Work<number> {
          let total = 0;
          for (const part of parts) {
            total += part;
            yield part;
          }
          return total;
        }
        const told: number[] = [];
        const result = await runWork(sum(), { onProgress: ({ bytes }) => told.push(bytes) }, { doing: 'x' });
        expect([result, told.at(0), told.at(-1)]).toEqual([parts.reduce((a, b) => a + b, 0), 0, result]);
        expect([...told].sort((a, b) => a - b)).toEqual(told);
      }),
      { seed: 3, numRuns: 50 },
    );
  });
});

describe('encodeText', () => {
  const tokenizer = trainTokenizer('compact', ['a little story about a bell'], 300);

  it('gives the ids of a long text in steps, and ends between two of them', async () => {
    const text = 'a little bell '.repeat(20_000);
    expect(await encodeText(text, tokenizer)).toEqual(tokenizer.encode(text));
    const ends = new AbortController();
    const ids = encodeText(text, tokenizer, ends.signal);
    ends.abort(new Error('no more'));
    await expect(ids).rejects.toThrow('no more');
  });
});
