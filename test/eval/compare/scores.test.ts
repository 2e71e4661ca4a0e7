import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../eval/compare/analyse.js';
import { formatResult } from '../../../eval/compare/contract.js';
import { readScores, type ScoreOptions } from '../../../eval/compare/scores.js';
import { DataError } from '../../../src/core/errors.js';
import { seeds } from './rows.js';

const file = (text: string | Uint8Array, name = 'runs/a.csv') => ({
  name,
  bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text,
});
const read = (text: string, options?: ScoreOptions) => readScores([file(text)], options);
const brief = (text: string) =>
  read(text).map(({ task, variant, seed, test }) => [task, variant.variant, seed, test]);

describe('scores from elsewhere', () => {
  it('are read from comma- and tab-separated values, in any order of columns, with others beside', () => {
    const wanted = [
      ['copy', 'new', 1, 0.5],
      ['copy', 'old, "with" commas', 2, 0.25],
    ];
    const csv =
      '\ufeffseed,Variant,when,task,score\r\n1,new,now,copy,0.5\r\n\r\n2.0,"old, ""with"" commas",x,copy,2.5e-1\r\n';
    expect(brief(csv)).toEqual(wanted);
    expect(brief('seed\tscore\n1\t3\n')).toEqual([['scores', 'a', 1, 3]]);
  });

  it('are read from JSON lines, a variant a name or settings', () => {
    const lines =
      '{"variant":{"rule":"x","width":8},"seed":1,"score":2}\n\n{"variant":"y","seed":"1","score":"3"}';
    expect(read(lines).map(({ variant, seed, test }) => [variant, seed, test])).toEqual([
      [{ rule: 'x', width: 8 }, 1, 2],
      [{ variant: 'y' }, 1, 3],
    ]);
  });

  it('are the rows of results.jsonl as they are', () => {
    const rows = seeds({ rule: 'a', gate: 'none' }, [0.5, null, 0.7]);
    expect(readScores([file(rows.map(formatResult).join(''), 'results.jsonl')])).toEqual(rows);
  });

  it('give the verdicts that the same numbers of a grid give', () => {
    const [a, b] = [
      [0.91, 0.9, 0.92, 0.93],
      [0.5, 0.48, 0.53, 0.5],
    ] as const;
    const csv = (values: readonly number[]) => `seed,score\n${values.map((x, i) => `${i},${x}`).join('\n')}`;
    const found = analyse(readScores([file(csv(a), 'a.csv'), file(csv(b), 'b.csv')]));
    const grid = analyse([
      ...seeds({ rule: 'a', gate: 'none' }, a),
      ...seeds({ rule: 'b', gate: 'none' }, b),
    ]);
    const numbers = ({ tasks }: typeof grid) =>
      tasks[0]!.pairs.map(({ p, low, high, outcome }) => [p, low, high, outcome]);
    expect(numbers(found)).toEqual(numbers(grid));
    expect(found.tasks[0]).toMatchObject({ metric: 'score', unit: '', margin: 0.01, checks: [] });
  });

  it('have no margin and no range unless they are shares or say their unit', () => {
    const points = read('seed,score\n1,30\n2,0.5');
    expect(analyse(points).tasks[0]).toMatchObject({ unit: 'score', margin: 0 });
    const [row] = read('seed,score\n1,30', { metric: 'bpb', unit: 'bits/byte', best: 'low' });
    expect(row).toMatchObject({ metric: 'bpb', unit: 'bits/byte', best: 'low' });
  });

  it.each(['', 'nan', 'NaN', '-inf', 'Infinity', '1e999', 'null', 'None'])(
    '%j is a run without a result',
    (score) => {
      const [row] = read(`seed,score\n7,${score}`);
      expect(row).toMatchObject({ status: 'failed', reason: 'no finite score at runs/a.csv:2', test: null });
    },
  );

  it.each([
    ['', 'runs/a.csv: expected scores, got an empty file'],
    ['seed,score', 'runs/a.csv: expected scores, got none'],
    ['a,b\n1,2', 'runs/a.csv:1: expected a line of names'],
    ['variant,score\na,2', 'without seed'],
    ['seed,score\n1,2\n\n2,x', "runs/a.csv:4: expected a number in score, got 'x'"],
    ['seed,score\n1,0x10', 'runs/a.csv:2: expected a number in score'],
    ['seed,score\n1,2\n1.5,2', "runs/a.csv:3: expected a whole number from 0 up in seed, got '1.5'"],
    ['seed,score\n1,2,3', 'runs/a.csv:2: expected 2 fields as in the first line, got 3'],
    ['seed,score,x\n1,2,"a\nb"\n-1,2,c', 'runs/a.csv:4: expected a whole number'],
    ['seed,score\n1,2\n1,3', 'runs/a.csv:3: expected one score for each variant, seed and task'],
    ['{"seed":1,"score":2}\n{"seed":2}', 'runs/a.csv:2: expected a score'],
    ['{"seed":1,"score":NaN}', 'write null'],
    ['{"seed":1,"score":[1]}', 'runs/a.csv:1: expected a number in score, got [1]'],
    ['{"seed":1,"score":1,"variant":{"a":[]}}', 'expected a name, or an object'],
    ['{"seed":1,"score":1,"task":3}', 'expected a name in task, got 3'],
    ['[{"seed":1}]', 'runs/a.csv:1: expected one JSON object a line'],
    ['{"cell":"x","test":1}', 'runs/a.csv:1: expected a result row'],
    [
      `variant,seed,score\n${Array.from({ length: 65 }, (_, i) => `v${i},1,1`).join('\n')}`,
      'is variant the right column?',
    ],
  ])('%j is refused with its place', (text, message) => {
    expect(() => read(text)).toThrow(DataError);
    expect(() => read(text)).toThrow(message);
  });

  it('that measure different things are refused with both places', () => {
    const row = (best: 'high' | 'low', seed: number) =>
      formatResult(seeds({ rule: 'a', gate: 'none' }, [0.5], { best, seed })[0]!);
    expect(() => readScores([file(row('high', 1), 'a.jsonl'), file(row('low', 2), 'b.jsonl')])).toThrow(
      /^b\.jsonl:1: expected the same for all of task 'mqar' as at a\.jsonl:1/,
    );
  });

  it('of any bytes are read, or refused as data', () => {
    const part = fc.constantFrom(
      'seed',
      'score',
      'variant',
      ',',
      '\n',
      '"',
      '1',
      '0.5',
      'nan',
      '{',
      '}',
      ':',
      '\t',
      '-',
      'é',
    );
    const text = fc.array(part, { maxLength: 30 }).map((parts) => new TextEncoder().encode(parts.join('')));
    const start = fc
      .constantFrom('seed,score\n', '{"seed":1,"score":2}\n', '')
      .map((s) => new TextEncoder().encode(s));
    const bytes = fc
      .tuple(start, fc.oneof(text, fc.uint8Array({ maxLength: 40 })))
      .map(([a, b]) => Uint8Array.from([...a, ...b]));
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          analyse(readScores([file(given)]));
        } catch (error) {
          expect(error).toBeInstanceOf(DataError);
          expect((error as DataError).message).toMatch(/^runs\/a\.csv/);
        }
      }),
      { seed: 4, numRuns: 400 },
    );
  });
});
