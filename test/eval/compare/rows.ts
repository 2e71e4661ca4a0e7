import type { ResultRow, Variant } from '../../../eval/compare/contract.js';

/** A finished row of results.jsonl; the given fields replace those of an ordinary one. */
export function resultRow(given: Partial<ResultRow> = {}): ResultRow {
  return {
    cell: 'c0',
    task: 'mqar',
    variant: { rule: 'a', gate: 'none' },
    seed: 0,
    status: 'done',
    learningRate: 1e-3,
    metric: 'accuracy',
    unit: '',
    best: 'high',
    test: 0.5,
    metrics: { lossNats: 1.25 },
    slices: [{ slice: 'pairs', key: 4, value: 0.75, n: 100 }],
    curve: [
      { step: 10, tokens: 640, validation: 0.25 },
      { step: 20, tokens: 1280, validation: 0.5 },
    ],
    cost: { parameters: 1000, stateBytes: 4096, flopsPerToken: 2000 },
    ...given,
  };
}

/** One variant's rows, a seed a value; null for a cell that diverged. */
export function seeds(
  variant: Variant,
  tests: readonly (number | null)[],
  given: Partial<ResultRow> = {},
): ResultRow[] {
  return tests.map((test, seed) =>
    resultRow({
      cell: `${JSON.stringify(variant)} ${seed}`,
      variant,
      seed,
      test,
      ...(test === null ? { status: 'diverged', reason: 'the loss became NaN' } : {}),
      ...given,
    }),
  );
}
