import type { CellTiming, ResultRow } from '../eval/compare/contract.js';
import type { CellOutcome, GroupOutcome, LostCell } from './grid/contract.js';
import type { GridPlan } from './plan.js';
import type { PlannedCell } from './subject.js';

/** What became of one cell, chosen or not. */
export interface CellLine {
  readonly cell: string;
  readonly task: string;
  readonly variant: PlannedCell['variant'];
  readonly seed: number;
  readonly learningRate: number;
  /** Of its training, or of its test where that has no result. */
  readonly status: 'done' | 'diverged' | 'failed';
  readonly reason?: string;
  /** Code of the error of a cell that failed, where it is one of this project. */
  readonly code?: string;
  /** Null where its training has no result. */
  readonly validation: number | null;
  /** Whether it was the one of its group that was tested. */
  readonly chosen: boolean;
}

/** Why a group has no result: none of its cells has, or a process died and so nothing was chosen. */
function lossOf(
  cells: readonly CellOutcome[],
  rates: (id: string) => number,
): Pick<ResultRow, 'status' | 'reason'> {
  const lost = cells.flatMap(({ id, trained }) => (trained.status === 'done' ? [] : [{ id, ...trained }]));
  const status = lost.every((cell) => cell.status === 'diverged') ? 'diverged' : 'failed';
  const reasons = lost.map(({ id, reason }) =>
    cells.length === 1 ? reason : `rate ${rates(id)}: ${reason}`,
  );
  const unchosen =
    lost.length < cells.length ? ['no learning rate was chosen; run the same command again'] : [];
  return { status, reason: [...reasons, ...unchosen].join('\n') };
}

/** The line of a group: of its chosen cell, or of its first where none could be chosen. */
function rowOf(planned: ReadonlyMap<string, PlannedCell>, group: GroupOutcome): ResultRow[] {
  const { cells, chosen, tested } = group;
  const outcome = chosen ?? cells[0];
  const place = outcome && planned.get(outcome.id);
  if (!outcome || !place) return [];
  const { task, metric, variant, seed, learningRate, cost } = place;
  const { trained } = outcome;
  const facts = { cell: outcome.id, task, variant, seed, learningRate, ...metric };
  const curve = trained.status === 'done' ? trained.curve : [];
  const parameters = trained.status === 'done' ? trained.parameters : cost.parameters;
  const rest = { curve, cost: { ...cost, parameters } };
  const none = { test: null, metrics: {}, slices: [] };
  if (tested?.status === 'done') {
    const { test, metrics, slices } = tested;
    return [{ ...facts, status: 'done', test, metrics, slices, ...rest }];
  }
  const loss = tested ?? lossOf(cells, (id) => planned.get(id)?.learningRate ?? NaN);
  return [{ ...facts, status: loss.status, reason: loss.reason ?? '', ...none, ...rest }];
}

function plannedById({ cells }: GridPlan): ReadonlyMap<string, PlannedCell> {
  return new Map(cells.map((cell) => [cell.id, cell]));
}

/** One row per variant and seed, in the order of the grid; nothing in them depends on the time or the machine. */
export function resultRows(plan: GridPlan, groups: readonly GroupOutcome[]): ResultRow[] {
  const planned = plannedById(plan);
  return groups.flatMap((group) => rowOf(planned, group));
}

/** What each tested cell took on this machine. */
export function cellTimings(groups: readonly GroupOutcome[]): CellTiming[] {
  return groups.flatMap(({ chosen, tested }): CellTiming[] => {
    if (chosen?.trained.status !== 'done') return [];
    const { tokensPerSecond } = chosen.trained;
    const decodeMs = tested?.status === 'done' ? tested.decodeMs : undefined;
    return [
      {
        cell: chosen.id,
        ...(tokensPerSecond !== null && { trainTokensPerSecond: tokensPerSecond }),
        ...(decodeMs !== undefined && { decodeMs }),
      },
    ];
  });
}

/** Why a cell has no result; `undefined` where it has, or was not to be tested. */
function lossOfCell(
  { id, trained }: CellOutcome,
  { chosen, tested }: GroupOutcome,
): Pick<CellLine, 'status' | 'reason' | 'code'> | undefined {
  const told = ({ status, reason, code }: LostCell, where = '') => {
    return { status, reason: `${where}${reason}`, ...(code !== undefined && { code }) };
  };
  if (trained.status !== 'done') return told(trained);
  if (id !== chosen?.id || tested === undefined || tested.status === 'done') return undefined;
  return told(tested, 'test: ');
}

/** Every cell, also those that were not chosen. */
export function cellLines(plan: GridPlan, groups: readonly GroupOutcome[]): CellLine[] {
  const planned = plannedById(plan);
  return groups.flatMap((group) =>
    group.cells.flatMap((outcome): CellLine[] => {
      const { id, trained } = outcome;
      const place = planned.get(id);
      if (!place) return [];
      const { task, variant, seed, learningRate } = place;
      return [
        {
          cell: id,
          task,
          variant,
          seed,
          learningRate,
          ...(lossOfCell(outcome, group) ?? { status: 'done' as const }),
          validation: trained.status === 'done' ? trained.validation : null,
          chosen: id === group.chosen?.id,
        },
      ];
    }),
  );
}
