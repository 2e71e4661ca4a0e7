import type {
  CapacityPoint,
  Compared,
  ConditioningResult,
  ContextReport,
  ContextResult,
  DepthPoint,
  ExperimentResult,
  Scaling,
  StabilityPoint,
  SweepPoint,
} from '../../eval/lab/index.js';
import { table, type Cell, type Table } from '../table.js';

const ERROR = ['predicted', 'error', 'low', 'high', 'agrees'];

function verdict(agrees: boolean | null): string | null {
  if (agrees === null) return null;
  return agrees ? 'yes' : 'NO';
}

/** Of a mean over draws: shown to be within 5 % of theory, shown not to be, or open. */
function chanceVerdict({ agrees, shown }: Compared): string | null {
  if (agrees === null) return null;
  if (!agrees) return 'NO';
  return shown === true ? 'yes' : 'open';
}

function errorCells(error: Compared): Cell[] {
  return [error.predicted, error.value, error.low, error.high, chanceVerdict(error)];
}

/** Predicted and measured readings by rule and phenomenon. */
export function conditioningTable(results: readonly ConditioningResult[]): Table {
  return table(
    'Conditioning',
    ['rule', 'phenomenon', 'reading', 'predicted', 'measured', 'agrees'],
    results.map(({ rule, phenomenon, reading, predicted, measured, agrees }) => [
      ...[rule, phenomenon, reading, predicted, measured],
      verdict(agrees),
    ]),
  );
}

/** Retrieval by number of pairs, over all ages. */
export function capacityTable(points: readonly CapacityPoint[]): Table {
  return table(
    'Retrieval by pairs',
    ['rule', 'pairs', ...ERROR, 'top-1'],
    points.map(({ rule, pairs, error, top1 }) => [rule, pairs, ...errorCells(error), top1.value]),
  );
}

/** Retrieval of one number of pairs by key dimension, correlation and decay. */
export function sweepTable(points: readonly SweepPoint[]): Table {
  return table(
    'Retrieval by key dimension, correlation and decay',
    ['rule', 'over', 'at', ...ERROR, 'top-1'],
    points.map(({ rule, over, at, error, top1 }) => [rule, over, at, ...errorCells(error), top1.value]),
  );
}

/** Retrieval by age, after each number of pairs. */
export function ageTable(points: readonly CapacityPoint[]): Table {
  return table(
    'Retrieval by age',
    ['rule', 'pairs', 'ages', 'predicted', 'error', 'agrees', 'top-1'],
    points.flatMap(({ rule, pairs, ages }) =>
      ages.map(({ from, to, error, top1 }) => [
        ...[rule, pairs, `${from}-${to}`, error.predicted, error.value],
        ...[chanceVerdict(error), top1.value],
      ]),
    ),
  );
}

/** Exponents of capacity over key dimension. */
export function scalingTable(scalings: readonly Scaling[]): Table {
  return table(
    'Scaling of capacity',
    [
      ...['rule', 'criterion', 'other pairs by key dimension', 'theory, large K'],
      ...['closed form', 'exponent', 'low', 'high', 'agrees'],
    ],
    scalings.map(({ rule, criterion, capacities, theory, exponent }) => [
      rule ?? 'any sum of pairs',
      criterion,
      capacities.map(({ K, others }) => `${K}: ${others === null ? 'none' : others.toFixed(1)}`).join('  '),
      theory,
      ...(exponent ? errorCells(exponent) : [null, null, null, null, null]),
    ]),
  );
}

/** Chained retrieval by depth. */
export function depthTable(points: readonly DepthPoint[]): Table {
  return table(
    'Chained retrieval',
    ['rule', 'heads', 'width', 'layers', ...ERROR, 'top-1', 'cleaned top-1'],
    points.map(({ rule, heads, width, layers, error, top1, cleanedTop1 }) => [
      ...[rule, heads, width, layers, ...errorCells(error)],
      ...[top1.value, cleanedTop1.value],
    ]),
  );
}

/** Edges of the bounded region. */
export function stabilityTable(points: readonly StabilityPoint[]): Table {
  return table(
    'Stability',
    [
      ...['rule', 'quantity', 'beta', 'decay', 'declared bound'],
      ...['predicted edge', 'bounded to', 'unbounded from', 'agrees'],
    ],
    points.map((point) => [
      point.rule,
      point.dependsOnState ? `${point.quantity} (depends on the state)` : point.quantity,
      ...[point.beta, point.decay, point.bound, point.predicted, point.bounded, point.unbounded],
      verdict(point.agrees),
    ]),
  );
}

/** Responses at the ends of phases. */
export function experimentTable(results: readonly ExperimentResult[]): Table {
  return table(
    'Responses',
    ['rule', 'reading', 'after phase', 'response'],
    results.map(({ rule, reading, phase, response }) => [rule, reading, phase, response]),
  );
}

/** What an explanation is called. */
export function explanationName(rule: string | null): string {
  return rule ?? 'ideal learner';
}

/** One row per rule and reading, with all digits. */
export function contextTable({ results }: ContextReport): Table {
  return table(
    'A trained model in context',
    ['rule', 'phenomenon', 'reading', 'predicted', 'measured', 'low', 'high', 'agrees'],
    results.map(({ rule, phenomenon, reading, measured }) => [
      ...[explanationName(rule), phenomenon, reading],
      ...errorCells(measured),
    ]),
  );
}

/** One row per reading: what was measured, and what each explanation predicts of it, with its verdict. */
export function contextMatrix({ results, fits }: ContextReport): Table {
  const cell = ({ measured }: ContextResult): Cell => {
    const { predicted } = measured;
    const size = predicted !== null && Math.abs(predicted) < 100 ? predicted.toFixed(2) : 'diverged';
    return `${size} ${chanceVerdict(measured) ?? ''}`;
  };
  const [first] = results;
  const readings = results.filter(({ rule }) => rule === first?.rule);
  return table(
    'A trained model in context',
    ['phenomenon', 'reading', 'measured', ...fits.map(({ rule }) => explanationName(rule))],
    readings.map(({ phenomenon, reading, measured }) => [
      ...[phenomenon, reading, measured.value],
      ...fits.map(({ rule }) => {
        const own = results.find(
          (one) => one.rule === rule && one.phenomenon === phenomenon && one.reading === reading,
        );
        return own ? cell(own) : null;
      }),
    ]),
  );
}

/** The explanations, the best first. */
export function fitTable({ fits }: ContextReport): Table {
  return table(
    'Explanations',
    [
      ...['explanation', 'write strength', 'low', 'high', 'decay', 'low', 'high'],
      ...['held-out error', 'explained'],
    ],
    fits.map(({ rule, beta, decay, heldOutError, explained }) => [
      explanationName(rule),
      ...[beta, decay].flatMap((fit): Cell[] => [fit?.value ?? null, fit?.low ?? null, fit?.high ?? null]),
      ...[heldOutError, explained],
    ]),
  );
}
