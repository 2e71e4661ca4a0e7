import { afterAll, describe, expect, it } from 'vitest';
import { runProbes } from '../../../eval/index.js';
import { readSentencePairs, sentencePairs } from '../../../eval/probes/sentencePairs.js';
import { DataError } from '../../../src/core/errors.js';
import { Rng } from '../../../src/core/rng.js';
import { tf } from '../../../src/core/tf.js';
import { createEngine } from '../../../src/engine/createEngine.js';
import { microSubject, toyTokenizer } from './subjects.js';

const engine = await createEngine({ engine: 'graph', threads: 1 });
const tokenizer = toyTokenizer();
const subject = microSubject(engine, tokenizer);
afterAll(() => engine.dispose());

describe('pairs made by rule', () => {
  const { pairs } = sentencePairs(Rng.fromSeed(1), () => true);

  it('are different, the same for the same stream, and of every phenomenon', () => {
    expect(sentencePairs(Rng.fromSeed(1), () => true)).toEqual({ pairs, missing: [] });
    expect(new Set(pairs.map(({ phenomenon }) => phenomenon)).size).toBe(7);
    expect(new Set(pairs.map(({ phenomenon, good }) => `${phenomenon}: ${good}`)).size).toBe(pairs.length);
    expect(pairs.length).toBeGreaterThan(300);
  });

  it('are left out by phenomenon where there are too few fair ones', () => {
    const made = sentencePairs(Rng.fromSeed(1), ({ good, bad }) => good.length === bad.length);
    expect(made.missing).toContain('agreement');
    expect(new Set(made.pairs.map(({ phenomenon }) => phenomenon))).toEqual(
      new Set(['reflexive', 'word order', 'verb after did not']),
    );
  });

  it('break a rule in the bad sentence alone', () => {
    for (const { good, bad } of pairs) {
      expect(good).not.toBe(bad);
      expect(good).not.toMatch(
        / a [aeiou]| an [^aeiou]|two \w+[^s]\.|did not \w*(ran|went|saw|found|ate|said|gave|took)/,
      );
      const subject_ = /^The (\w+)/.exec(good)?.[1];
      if (subject_ !== undefined) expect(good).toMatch(subject_.endsWith('s') ? / were / : / was /);
    }
  });
});

it('a sentence has the nats of its tokens, and the better one is the one with fewer', async () => {
  const pairs = [
    { phenomenon: 'one', good: 'The dog was happy.', bad: 'The dog were happy.' },
    { phenomenon: 'two', good: 'Tom saw a dog.', bad: 'Tom saw an dog.' },
  ];
  const [found] = await runProbes(['minimal-pairs'], { ...subject, pairs });
  const nats = (text: string): number => {
    const ids = tokenizer.encode(text);
    const rows = subject.model.logits(
      tf.tensor2d([[subject.tokenizer.endOfText, ...ids.slice(0, -1)]], undefined, 'int32'),
    );
    const values = rows.arraySync()[0]!;
    return ids.reduce((sum, id, t) => {
      const row = values[t]!;
      const top = Math.max(...row);
      return sum + top + Math.log(row.reduce((all, x) => all + Math.exp(x - top), 0)) - row[id]!;
    }, 0);
  };
  const margins = pairs.map(({ good, bad }) => nats(bad) - nats(good));
  const [accuracy, mean] = found!.results;
  expect(mean!.slices.map(({ name, value }) => [name, value])).toEqual([
    ['one', expect.closeTo(margins[0]!, 4)],
    ['two', expect.closeTo(margins[1]!, 4)],
  ]);
  expect(accuracy!.slices.map(({ value }) => value)).toEqual(margins.map((margin) => (margin > 0 ? 1 : 0)));
  expect(accuracy!.baselines).toEqual({ chance: 0.5 });
});

describe('pairs of a file', () => {
  it('are lines as BLiMP has them', () => {
    const line =
      '{"sentence_good": "A b.", "sentence_bad": "B a.", "linguistics_term": "order", "UID": "x1"}';
    const other = '{"sentence_good": "C.", "sentence_bad": "D."}';
    expect(readSentencePairs('f.jsonl', `${line}\r\n\n${other}\n`)).toEqual([
      { phenomenon: 'order', good: 'A b.', bad: 'B a.' },
      { phenomenon: 'pairs', good: 'C.', bad: 'D.' },
    ]);
  });

  it.each([
    [
      '{"sentence_good": "A."}',
      'f.jsonl:1: expected a JSON object with the texts sentence_good and sentence_bad',
    ],
    ['no JSON', 'f.jsonl:1: expected a JSON object'],
    ['\n[1]', 'f.jsonl:2: expected a JSON object'],
    ['{"sentence_good": " ", "sentence_bad": "B."}', 'f.jsonl:1: expected'],
    ['{"sentence_good": "A.", "sentence_bad": "A."}', 'f.jsonl:1: expected two different sentences'],
    ['\n', 'f.jsonl: expected a pair of sentences a line, got none'],
  ])('are refused by line: %j', (text, message) => {
    expect(() => readSentencePairs('f.jsonl', text)).toThrow(DataError);
    expect(() => readSentencePairs('f.jsonl', text)).toThrow(message);
  });
});
