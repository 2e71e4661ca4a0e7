/**
 * How many pairs trained models recall, by rule and key size, from a grid of `pavlov compare` that varies
 * `model.keySize` and tests several numbers of pairs: `npx tsx scripts/docs/trainedCapacity.ts results.jsonl`. Prints
 * two tables in Markdown.
 *
 * The capacity of a run is the number of pairs at which its accuracy falls through 0.9 for the last time, between the
 * nearest two tested by a line over the logarithm of pairs: a model that was trained on many pairs may know a few of them
 * less well. The exponent is the least-squares slope of ln capacity over ln key size, one a seed, with Student's t
 * interval over seeds.
 */
import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { z } from 'zod';
import { groupBy } from '../../eval/compare/groups.js';
import { logSlope } from '../../eval/lab/scaling.js';
import { moments, tMargin } from '../../eval/stats/paired.js';
import { markdownTable, table } from '../../report/table.js';
import { mean } from '../../src/core/numbers.js';

const LEVEL = 0.9;

const row = z.object({
  variant: z.object({ rule: z.string(), 'model.keySize': z.number() }),
  seed: z.number(),
  slices: z.array(z.object({ slice: z.string(), key: z.string(), value: z.number() })),
});

/** What one run recalled of each number of pairs. */
interface Run {
  readonly rule: string;
  readonly keySize: number;
  readonly seed: number;
  /** Numbers of pairs, rising, each with its accuracy. */
  readonly curve: readonly (readonly [number, number])[];
}

function runOf(line: string): Run {
  const { variant, seed, slices } = row.parse(JSON.parse(line));
  const curve = slices
    .filter(({ slice }) => slice === 'pairs')
    .map(({ key, value }) => [Number(key), value] as const)
    .sort(([a], [b]) => a - b);
  return { rule: variant.rule, keySize: variant['model.keySize'], seed, curve };
}

/** Pairs at which accuracy last falls through the level; `Infinity` where it ends above, 0 where it is never there. */
function capacityOf({ curve }: Run): number {
  const last = curve.findLastIndex(([, accuracy]) => accuracy >= LEVEL);
  const [before, after] = [curve[last], curve[last + 1]];
  if (!before) return 0;
  if (!after) return Infinity;
  const [[few, high], [many, low]] = [before, after];
  return Math.exp(Math.log(few) + ((high - LEVEL) / (high - low)) * Math.log(many / few));
}

function shown(capacity: number): string {
  if (capacity === 0) return 'none';
  return capacity === Infinity ? 'all' : capacity.toFixed(1);
}

function interval(values: readonly number[]): string {
  const margin = tMargin(moments(values), 0.95);
  const centre = mean(values);
  return margin === null ? 'one seed' : `${(centre - margin).toFixed(2)} to ${(centre + margin).toFixed(2)}`;
}

function capacities(runs: readonly Run[], sizes: readonly number[]): string {
  const rows = Array.from(
    groupBy(runs, ({ rule }) => rule),
    ([rule, ofRule]) => [
      `\`${rule}\``,
      ...sizes.map((size) =>
        ofRule
          .filter(({ keySize }) => keySize === size)
          .map((run) => shown(capacityOf(run)))
          .join(', '),
      ),
    ],
  );
  return markdownTable(table('Capacity', ['rule', ...sizes.map((size) => `key size ${size}`)], rows));
}

function exponents(runs: readonly Run[]): string {
  const rows = Array.from(
    groupBy(runs, ({ rule }) => rule),
    ([rule, ofRule]) => {
      const slopes = Array.from(groupBy(ofRule, ({ seed }) => String(seed)).values(), (ofSeed) =>
        logSlope(
          ofSeed.map(({ keySize }) => keySize),
          ofSeed.map(capacityOf),
        ),
      );
      const known = slopes.every(Number.isFinite);
      return [
        `\`${rule}\``,
        slopes.map((slope) => (Number.isFinite(slope) ? slope.toFixed(2) : 'not known')).join(', '),
        known ? mean(slopes).toFixed(2) : 'not known',
        known ? interval(slopes) : 'not known',
      ];
    },
  );
  return markdownTable(table('Exponent', ['rule', 'exponent, each seed', 'mean', '95 % over seeds'], rows));
}

const [file] = argv.slice(2);
if (file === undefined) throw new Error('usage: npx tsx scripts/docs/trainedCapacity.ts results.jsonl');
const runs = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(runOf)
  .sort((a, b) => a.keySize - b.keySize || a.seed - b.seed);
const sizes = Array.from(new Set(runs.map(({ keySize }) => keySize)));
stdout.write(`${capacities(runs, sizes)}\n\n${exponents(runs)}\n`);
