import { counted } from '../../src/core/text.js';
import type {
  CapacityPoint,
  ConditioningResult,
  DepthPoint,
  ExperimentResult,
  Scaling,
  StabilityPoint,
  SweepPoint,
} from '../../eval/lab/index.js';
import type { ContextLab } from '../../experiments/contextLab.js';
import type { Params } from '../../src/core/params.js';
import type { LabReport } from './labReport.js';
import {
  ageTable,
  capacityTable,
  conditioningTable,
  contextMatrix,
  contextTable,
  depthTable,
  experimentTable,
  fitTable,
  scalingTable,
  stabilityTable,
  sweepTable,
} from './labTables.js';

/** What every document of the lab says of how it was made. */
export interface LabSetup {
  readonly seed: number;
  /** Parameters of the rules, by rule. */
  readonly params: Readonly<Record<string, Params>>;
  readonly setting: object;
}

/** Drawn only when they are written: the plotting library takes its time to load. */
const charts = () => import('./labCharts.js');

/** Rules driven through the classical experiments. */
export function conditioningReport(
  results: readonly ConditioningResult[],
  { seed, setting, params }: LabSetup,
): LabReport {
  return {
    name: 'conditioning',
    document: { part: 'conditioning', seed, setting, params, results },
    tables: { results: conditioningTable(results) },
    charts: async () => (await charts()).conditioningCharts(results),
    comparisons: { exact: results.map(({ agrees }) => agrees) },
  };
}

/** Trained models in the same experiments, in context. */
export function contextReport({ config, setting, trainings, report }: ContextLab, seed: number): LabReport {
  const { model, task, train } = config;
  const settings = Object.entries(task.settings).map(([name, value]) => `${name} ${value}`);
  const scores = trainings.map(({ validation }) => validation?.score.toPrecision(3) ?? '–');
  return {
    name: 'context',
    document: { part: 'context', seed, level: 'B', config, setting, trainings, ...report },
    tables: { results: contextTable(report), fits: fitTable(report) },
    charts: async () => (await charts()).contextCharts(report),
    printed: [contextMatrix(report), fitTable(report)],
    heading: [
      `${counted(trainings.length, 'model')} of ${counted(model.layers, 'layer')} of ${String(model.mixer)} ${model.rule} heads, gate ${model.gate}`,
      `trained on ${(trainings[0]?.step ?? 0) * train.batchSize * train.accumulationSteps} rows of ${settings.join(', ')}`,
      `validation, squared error to the ideal learner: ${scores.join(', ')}\n`,
    ],
    comparisons: {
      families: [report.results.map(({ measured }) => measured)],
      shownAs: 'within a tenth of the US',
    },
  };
}

/** Retrieval of random pairs against closed forms. */
export function capacityReport(
  results: readonly CapacityPoint[],
  { sweeps, scaling }: { readonly sweeps: readonly SweepPoint[]; readonly scaling: readonly Scaling[] },
  { seed, setting, params }: LabSetup,
): LabReport {
  return {
    name: 'capacity',
    document: { part: 'capacity', seed, setting, params, results, sweeps, scaling },
    tables: {
      results: capacityTable(results),
      ages: ageTable(results),
      sweeps: sweepTable(sweeps),
      scaling: scalingTable(scaling),
    },
    charts: async () =>
      (await import('./capacityCharts.js')).capacityCharts(results, sweeps, scaling, params),
    comparisons: {
      families: [
        results.flatMap(({ error, ages }) => [error, ...ages.map((age) => age.error)]),
        sweeps.map(({ error }) => error),
        scaling.flatMap(({ exponent }) => exponent ?? []),
      ],
    },
  };
}

/** Chained retrieval by depth. */
export function depthReport(results: readonly DepthPoint[], { seed, setting, params }: LabSetup): LabReport {
  return {
    name: 'depth',
    document: { part: 'depth', seed, setting, params, results },
    tables: { results: depthTable(results) },
    charts: async () => (await charts()).depthCharts(results),
    comparisons: { families: [results.map(({ error }) => error)] },
  };
}

/** Edges of the bounded region. */
export function stabilityReport(
  results: readonly StabilityPoint[],
  { seed, setting, params }: LabSetup,
): LabReport {
  return {
    name: 'stability',
    document: { part: 'stability', seed, setting, params, results },
    tables: { results: stabilityTable(results) },
    charts: async () => (await charts()).stabilityCharts(results),
    comparisons: { exact: results.map(({ agrees }) => agrees) },
  };
}

/** An experiment from a file. */
export function experimentReport(
  title: string,
  results: readonly ExperimentResult[],
  { seed, params }: Omit<LabSetup, 'setting'>,
): LabReport {
  return {
    name: 'experiment',
    document: { part: 'experiment', seed, title, params, results },
    tables: { results: experimentTable(results) },
    charts: async () => (await charts()).experimentCharts(title, results),
    comparisons: { exact: [] },
  };
}
