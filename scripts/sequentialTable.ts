/**
 * Simulates the verdicts of `--seeds auto` and writes their tables into docs/statistics.md: `npx tsx
 * scripts/sequentialTable.ts`. With a number behind it, so many grids a row instead of 2,000, and the tables are only
 * printed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { evidencePath, twoSided } from '../eval/stats/anytime.js';
import { holm } from '../eval/stats/holm.js';
import { pairedTTest } from '../eval/stats/paired.js';
import { pairsNeeded } from '../eval/stats/power.js';
import { Rng } from '../src/core/rng.js';
import {
  cellsUsed,
  drawLooks,
  isFalseDifference,
  isFalseEquivalence,
  LOPSIDED,
  SHAPES,
  SPREAD_OUT,
  UNIT_NOISE,
  type LookedPair,
} from '../test/eval/stats/sequentialGrids.js';

const PAGE = fileURLToPath(new URL('../docs/statistics.md', import.meta.url));
const [BEGIN, END] = ['<!-- simulated: begin -->', '<!-- simulated: end -->'];
const [SEEDS, LEVEL] = [40, 0.05];
const asked = Number(argv[2] ?? NaN);
const GRIDS = Number.isFinite(asked) ? asked : 2000;
const rng = Rng.fromSeed(15);

const times = <T>(count: number, draw: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => draw(i));
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const share = (found: readonly boolean[]): number => mean(found.map(Number));
const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Whether the paired t test, corrected by Holm at each look, ever tells two of the series apart. */
function tTestAlarm(scores: readonly (readonly number[])[]): boolean {
  const variants = (scores[0] ?? []).map((_, v) => v);
  const pairs = variants.flatMap((a) => variants.slice(a + 1).map((b) => [a, b] as const));
  return scores.some((_, seed) => {
    if (seed < 2) return false;
    const p = pairs.map(([a, b]) =>
      pairedTTest(scores.slice(0, seed + 1).map((row) => (row[a] ?? 0) - (row[b] ?? 0))),
    );
    return holm(p.map((value) => value ?? 1)).some((value) => value <= LEVEL);
  });
}

function falseVerdicts(): string {
  const rows = Object.entries(SHAPES).map(([name, noise]) => {
    const own = rng.derive('null', name);
    const none = times(8, () => 0);
    const different = times(GRIDS, (i) =>
      drawLooks({ truth: none, seeds: SEEDS, noise }, own.derive(i)).some(isFalseDifference),
    );
    const apart = [0, 0, 0, 0, 1.5, 1.5, 1.5, 1.5];
    const grids = times(GRIDS, (i) =>
      drawLooks({ truth: apart, seeds: SEEDS, noise, margin: 1.5 }, own.derive('apart', i)),
    );
    const equal = grids.map((pairs) => pairs.some((pair) => isFalseEquivalence(pair, 1.5)));
    const right = mean(
      grids.map((pairs) =>
        share(pairs.filter(({ truth }) => truth === 0).map(({ outcome }) => outcome === 'equivalent')),
      ),
    );
    const plain = times(Math.ceil(GRIDS / 20), (i) => {
      const draw = own.derive('t', i);
      return tTestAlarm(times(SEEDS, () => none.map(() => noise(draw))));
    });
    return [name, percent(share(different)), percent(share(equal)), percent(right), percent(share(plain))];
  });
  return markdown(
    [
      'noise',
      'any false difference',
      'any false equivalence',
      'equal pairs found equivalent',
      't test looked at as often',
    ],
    rows,
  );
}

function lopsided(): string {
  const rows = Object.entries(LOPSIDED).map(([name, draw]) => {
    const alarms = times(GRIDS, (i) => {
      const own = rng.derive('lopsided', name, i);
      return evidencePath(times(SEEDS, () => draw(own))).some((e) => twoSided(e) >= 1 / LEVEL);
    });
    return [name, percent(share(alarms))];
  });
  return markdown(['one pair with equal means', 'said to differ'], rows);
}

function power(): string {
  const row = (effect: number, level: number): string[] => {
    const needed = times(GRIDS, (i) => {
      const own = rng.derive('power', effect, level, i);
      const at = evidencePath(times(SEEDS, () => effect + own.normal())).findIndex(
        (e) => twoSided(e) >= 1 / level,
      );
      return at < 0 ? Infinity : at + 1;
    });
    const decided = share(needed.map(Number.isFinite));
    return [
      mean(needed.map((n) => Math.min(n, SEEDS))).toFixed(1),
      percent(decided),
      String(pairsNeeded(effect, level, 0.8)),
    ];
  };
  return markdown(
    [
      'effect',
      ...['one pair', 'one of 28'].flatMap((of) => [`${of}: mean seeds`, 'decided', 'fixed design']),
    ],
    [0.5, 1, 1.5, 2, 3, 5].map((effect) => [
      `${effect} sd`,
      ...row(effect, LEVEL),
      ...row(effect, LEVEL / 28),
    ]),
  );
}

/** Pairs that a fixed number of seeds tells apart, by the t test and Holm. */
function fixedDesign(seeds: number): string[] {
  const found = times(Math.ceil(GRIDS / 4), (i) => {
    const own = rng.derive('fixed', seeds, i);
    const scores = times(seeds, () => SPREAD_OUT.map((truth) => truth + UNIT_NOISE(own)));
    const pairs = SPREAD_OUT.flatMap((_, a) =>
      SPREAD_OUT.slice(a + 1).map((__, b) => [a, a + 1 + b] as const),
    );
    const p = pairs.map(([a, b]) => pairedTTest(scores.map((line) => (line[a] ?? 0) - (line[b] ?? 0))) ?? 1);
    const adjusted = holm(p);
    const decided = pairs.filter((_, k) => (adjusted[k] ?? 1) <= LEVEL);
    const wrong = decided.some(([a, b]) => SPREAD_OUT[a] === SPREAD_OUT[b]);
    return { decided: decided.length, wrong };
  });
  const decided = found.map((grid) => grid.decided);
  return [
    `${seeds} seeds each, t test and Holm`,
    percent(share(found.map(({ wrong }) => wrong))),
    mean(decided).toFixed(1),
    percent(share(decided.map((count) => count >= 25))),
    String(8 * seeds),
  ];
}

function spreadOut(): string {
  const sequential = (name: string, noise: (own: Rng) => number, margin: number): string[] => {
    const grids: LookedPair[][] = times(GRIDS, (i) =>
      drawLooks({ truth: SPREAD_OUT, seeds: SEEDS, noise, margin }, rng.derive('spread', name, i)),
    );
    const decided = grids.map((pairs) => pairs.filter(({ outcome }) => outcome !== 'undecided').length);
    const wrong = grids.map((pairs) =>
      pairs.some((pair) => isFalseDifference(pair) || (margin > 0 && isFalseEquivalence(pair, margin))),
    );
    return [
      name,
      percent(share(wrong)),
      mean(decided).toFixed(1),
      percent(share(decided.map((count) => count >= 25))),
      mean(grids.map((pairs) => cellsUsed(pairs, SEEDS))).toFixed(0),
    ];
  };
  return markdown(
    ['design', 'any wrong verdict', 'pairs decided of 28', '25 or more', 'cells'],
    [
      sequential('auto, at most 40 seeds', UNIT_NOISE, 0),
      sequential('the same with margin 0.5', UNIT_NOISE, 0.5),
      sequential('the same with noise of 1 sd in each cell', (own) => own.normal(), 0.5),
      ...[6, 10, 20, 40].map(fixedDesign),
    ],
  );
}

const text = [
  `Each row: ${GRIDS.toLocaleString('en-US')} simulated grids of 8 variants (28 pairs), looked at after every seed up to ${SEEDS}, at 5 %. Of equivalence: four variants at 0 and four at the margin.`,
  falseVerdicts(),
  'Where the two variants are not exchangeable, because their noise differs in shape:',
  lopsided(),
  `Seeds until a pair is decided, at most ${SEEDS}, for normal differences, beside the fixed design that finds an effect of known size 80 % of the time:`,
  power(),
  'Eight variants at 0, 0, 0.5, 1, 2, 3, 4 and 6 standard deviations of a paired difference:',
  spreadOut(),
].join('\n\n');

const page = readFileSync(PAGE, 'utf8');
const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
if (Number.isFinite(asked)) process.stdout.write(`${text}\n`);
else if (from < 0 || to < 0) throw new Error(`docs/statistics.md: expected the marks ${BEGIN} and ${END}`);
else writeFileSync(PAGE, `${page.slice(0, from)}${BEGIN}\n\n${text}\n\n${page.slice(to)}`);
