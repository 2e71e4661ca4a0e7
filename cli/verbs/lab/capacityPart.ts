import { createStatusLine } from '../../statusLine.js';
import type { Context, Outcome } from '../contract.js';
import { present } from './findings.js';
import { chosenRules, sweepValues, type LabFlags } from './labOptions.js';
import { ageTable, capacityTable, scalingTable, sweepTable } from '../../../report/lab/labTables.js';

/** What `pavlov lab capacity` takes. */
export interface CapacityFlags extends LabFlags {
  readonly pairs?: readonly number[];
  readonly dim: number;
  readonly valueDim?: number;
  readonly correlation: number;
  readonly decay: number;
  readonly draws: number;
  readonly dims: readonly number[];
  readonly worstDims: readonly number[];
  readonly threshold: number;
  readonly vary?: readonly string[];
}

/** Retrieval of random pairs against closed forms. */
export async function capacityPart(context: Context, flags: CapacityFlags): Promise<Outcome> {
  const { runCapacity, runScaling, runSweeps } = await import('../../../eval/lab/index.js');
  const { Rng } = await import('../../../src/core/rng.js');
  const chosen = await chosenRules(flags);
  const { dim: K, correlation, decay, draws, beta, dims, worstDims, threshold } = flags;
  const pairs = flags.pairs ?? [K / 4, K / 2, K, 2 * K].map((count) => Math.max(1, Math.round(count)));
  const setting = { pairs: [...new Set(pairs)], K, V: flags.valueDim ?? K, correlation, decay, draws, beta };
  const { params } = chosen;
  const rng = Rng.fromSeed(flags.seed);
  const status = createStatusLine(context.output);
  const onRule = (name: string): void => status.show(`rule ${name}`);
  const common = { rules: chosen.names, params, rng, onRule };
  const points = runCapacity({ ...common, ...setting });
  const values = await sweepValues(flags.vary);
  const sweeps = runSweeps({ ...common, ...setting, pairs: K, values });
  const scaling = runScaling({ ...common, dims, worstDims, draws, threshold, beta });
  status.clear();
  return present(context, 'capacity', flags, {
    document: { setting: { ...setting, vary: values }, params, results: points, sweeps, scaling },
    tables: {
      results: capacityTable(points),
      ages: ageTable(points),
      sweeps: sweepTable(sweeps),
      scaling: scalingTable(scaling),
    },
    charts: async () => ({
      ...(await import('../../../report/lab/capacityCharts.js')).capacityCharts(points, scaling, params),
      ...(await import('./sweeps.js')).sweepCharts(sweeps, params),
    }),
    families: [
      points.flatMap(({ error, ages }) => [error, ...ages.map((age) => age.error)]),
      sweeps.map(({ error }) => error),
      scaling.flatMap(({ exponent }) => exponent ?? []),
    ],
  });
}
