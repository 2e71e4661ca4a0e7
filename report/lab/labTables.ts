import type {
  CapacityPoint,
  Compared,
  ConditioningResult,
  DepthPoint,
  ExperimentResult,
  Scaling,
  StabilityPoint,
  SweepPoint,
} from '../../eval/lab/index.js';

/** A text, a number (not finite: diverged), or nothing. */
export type Cell = string | number | null;

/** What is printed, and what the CSV file holds. */
export interface LabTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A cell for people: four digits. */
export function cellText(cell: Cell): string {
  if (cell === null) return '-';
  if (typeof cell === 'string') return cell;
  if (!Number.isFinite(cell)) return 'diverged';
  const size = Math.abs(cell);
  if (Number.isInteger(cell) && size < 1e6) return String(cell);
  return size < 1e-3 || size >= 1e5 ? cell.toExponential(3) : cell.toFixed(4);
}

/** Columns that hold a number somewhere. */
export function numberColumns({ head, rows }: LabTable): number[] {
  return head.flatMap((_, i) => (rows.some((row) => typeof row[i] === 'number') ? [i] : []));
}

function verdict(agrees: boolean | null): string | null {
  if (agrees === null) return null;
  return agrees ? 'yes' : 'NO';
}

/** Of a mean over draws: shown to be within 5 % of theory, shown not to be, or open. */
export function chanceVerdict({ agrees, shown }: Compared): string | null {
  if (agrees === null) return null;
  if (!agrees) return 'NO';
  return shown === true ? 'yes' : 'open';
}

/** Rule x phenomenon: predicted, measured, agrees. */
export function conditioningTable(results: readonly ConditioningResult[]): LabTable {
  return {
    head: ['rule', 'phenomenon', 'reading', 'predicted', 'measured', 'agrees'],
    rows: results.map(({ rule, phenomenon, reading, predicted, measured, agrees }) => [
      rule,
      phenomenon,
      reading,
      predicted,
      measured,
      verdict(agrees),
    ]),
  };
}

/** Retrieval by number of pairs, over all ages. */
export function capacityTable(points: readonly CapacityPoint[]): LabTable {
  return {
    head: ['rule', 'pairs', 'predicted', 'error', 'low', 'high', 'agrees', 'top-1'],
    rows: points.map(({ rule, pairs, error, top1 }) => [
      rule,
      pairs,
      error.predicted,
      error.value,
      error.low,
      error.high,
      chanceVerdict(error),
      top1.value,
    ]),
  };
}

/** Retrieval of one number of pairs by key dimension, correlation and decay. */
export function sweepTable(points: readonly SweepPoint[]): LabTable {
  return {
    head: ['rule', 'over', 'at', 'predicted', 'error', 'low', 'high', 'agrees', 'top-1'],
    rows: points.map(({ rule, over, at, error, top1 }) => [
      rule,
      over,
      at,
      error.predicted,
      error.value,
      error.low,
      error.high,
      chanceVerdict(error),
      top1.value,
    ]),
  };
}

/** Retrieval by age, after each number of pairs. */
export function ageTable(points: readonly CapacityPoint[]): LabTable {
  return {
    head: ['rule', 'pairs', 'ages', 'predicted', 'error', 'agrees', 'top-1'],
    rows: points.flatMap(({ rule, pairs, ages }) =>
      ages.map(({ from, to, error, top1 }) => [
        rule,
        pairs,
        `${from}-${to}`,
        error.predicted,
        error.value,
        chanceVerdict(error),
        top1.value,
      ]),
    ),
  };
}

/** Exponents of capacity over key dimension. */
export function scalingTable(scalings: readonly Scaling[]): LabTable {
  return {
    head: [
      'rule',
      'criterion',
      'other pairs by key dimension',
      'theory, large K',
      'closed form',
      'exponent',
      'low',
      'high',
      'agrees',
    ],
    rows: scalings.map(({ rule, criterion, capacities, theory, exponent }) => [
      rule ?? 'any sum of pairs',
      criterion,
      capacities.map(({ K, others }) => `${K}: ${others === null ? 'none' : others.toFixed(1)}`).join('  '),
      theory,
      exponent?.predicted ?? null,
      exponent?.value ?? null,
      exponent?.low ?? null,
      exponent?.high ?? null,
      exponent && chanceVerdict(exponent),
    ]),
  };
}

/** Chained retrieval by depth. */
export function depthTable(points: readonly DepthPoint[]): LabTable {
  return {
    head: [
      'rule',
      'heads',
      'width',
      'layers',
      'predicted',
      'error',
      'low',
      'high',
      'agrees',
      'top-1',
      'cleaned top-1',
    ],
    rows: points.map(({ rule, heads, width, layers, error, top1, cleanedTop1 }) => [
      rule,
      heads,
      width,
      layers,
      error.predicted,
      error.value,
      error.low,
      error.high,
      chanceVerdict(error),
      top1.value,
      cleanedTop1.value,
    ]),
  };
}

/** Edges of the bounded region. */
export function stabilityTable(points: readonly StabilityPoint[]): LabTable {
  return {
    head: [
      'rule',
      'quantity',
      'beta',
      'decay',
      'declared bound',
      'predicted edge',
      'bounded to',
      'unbounded from',
      'agrees',
    ],
    rows: points.map((point) => [
      point.rule,
      point.dependsOnState ? `${point.quantity} (depends on the state)` : point.quantity,
      point.beta,
      point.decay,
      point.bound,
      point.predicted,
      point.bounded,
      point.unbounded,
      verdict(point.agrees),
    ]),
  };
}

/** Responses at the ends of phases. */
export function experimentTable(results: readonly ExperimentResult[]): LabTable {
  return {
    head: ['rule', 'reading', 'after phase', 'response'],
    rows: results.map(({ rule, reading, phase, response }) => [rule, reading, phase, response]),
  };
}
