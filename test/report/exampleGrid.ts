import { analyse } from '../../eval/compare/analyse.js';
import type { Comparison } from '../../eval/compare/comparison.js';
import type { ResultRow } from '../../eval/compare/contract.js';
import type { ReportMeta } from '../../report/origin.js';
import { Rng } from '../../src/core/rng.js';

const RULES = ['hebbian', 'delta', 'oja', 'bcm'];
const GATES = ['none', 'scalar'];
const PAIRS = [4, 8, 16, 32, 64];
const STEPS = [0, 200, 400, 600, 800, 1000];

/** A made-up cell of a task where more is better, with markup in its names to be escaped. */
function recallRow(rule: number, gate: number, seed: number, rng: Rng): ResultRow {
  const skill = 0.35 + 0.16 * rule + 0.04 * gate + 0.02 * rng.normal();
  const failed = rule === 3 && gate === 0 && seed === 2;
  return {
    cell: `recall-${rule}-${gate}-${seed}`,
    task: 'mqar',
    variant: { rule: RULES[rule] ?? '', gate: GATES[gate] ?? '', data: 'fresh <samples> & "more"' },
    seed,
    ...(failed ? { status: 'diverged', reason: 'step 180: the loss is NaN' } : { status: 'done' }),
    learningRate: rule === 0 ? 0.003 : 0.001,
    metric: 'accuracy',
    unit: '',
    best: 'high',
    test: failed ? null : skill,
    metrics: failed ? {} : { lossNats: 4 * (1 - skill) },
    slices: recallSlices(skill),
    curve: STEPS.map((step) => ({
      step,
      tokens: step * 4096,
      validation: skill * (1 - Math.exp(-step / 300)),
    })),
    cost: {
      parameters: 120_000 + 512 * gate,
      stateBytes: 4096 * (1 + gate),
      flopsPerToken: 250_000 * (1 + 0.4 * rule),
    },
  };
}

function recallSlices(skill: number): ResultRow['slices'] {
  const parts = ['4 of 8 reversed', 'none reversed'].map((key) => ({
    slice: 'part',
    key,
    value: skill,
    n: 500,
  }));
  const pairs = PAIRS.map((key) => ({
    slice: 'pairs',
    key: String(key),
    value: skill ** (key / 16),
    n: 500,
  }));
  const far = ['4-7', '8-15', '16-31'].map((key, i) => ({
    slice: 'distance',
    key,
    value: skill ** (i + 1),
    n: 500,
  }));
  return [...parts, ...pairs, ...far];
}

/** A made-up cell of a task where less is better. */
function storyRow(rule: number, gate: number, seed: number, rng: Rng): ResultRow {
  const bits = 0.9 - 0.01 * rule + 0.01 * rng.normal();
  const row = recallRow(rule, gate, seed, rng);
  const kinds = ['names', 'verbs'].map((key) => ({ slice: 'kind', key, value: bits + 0.1, n: 300 }));
  const curve = STEPS.map((step) => ({
    step,
    tokens: step * 4096,
    validation: bits + Math.exp(-step / 300),
  }));
  const named = { task: 'tinystories', metric: 'bitsPerByte', unit: 'bits per byte', best: 'low' } as const;
  const { variant, learningRate, cost } = row;
  const facts = { cell: `story-${rule}-${gate}-${seed}`, variant, seed, learningRate, cost };
  return { ...facts, ...named, status: 'done', test: bits, metrics: {}, slices: kinds, curve };
}

/** Rows of a made-up grid of two tasks, eight variants and three seeds, one cell of which diverged. */
export function exampleRows(): ResultRow[] {
  const rng = Rng.fromSeed(5);
  return [recallRow, storyRow].flatMap((make) =>
    RULES.flatMap((_, rule) =>
      GATES.flatMap((_, gate) =>
        [0, 1, 2].map((seed) => make(rule, gate, seed, rng.derive(make.name, rule, gate, seed))),
      ),
    ),
  );
}

/** The made-up grid analysed. */
export function exampleComparison(): Comparison {
  const rows = exampleRows();
  const timings = rows.map(({ cell }, i) => ({
    cell,
    trainTokensPerSecond: 5000 + 100 * i,
    decodeMs: 0.5 + i / 100,
  }));
  return analyse(rows, { timings });
}

export const EXAMPLE_META: ReportMeta = {
  command:
    'pavlov compare --rule hebbian,delta,oja,bcm --gate none,scalar --seeds 3 --task mqar --out "a & b"',
  date: '2026-11-22',
  versions: { pavlov: '0.1.0', node: '20.20.2', 'onnxruntime-node': '1.30.0' },
  machine: { processor: 'Example <CPU> 2 cores', 'memory GiB': 8 },
  notes: ['Cells ran two at a time; times are of that.'],
};
