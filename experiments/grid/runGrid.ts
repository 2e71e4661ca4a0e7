import { z } from 'zod';
import { ConfigError } from '../../src/core/errors.js';
import { callback, list, made, optionsCheck, signal as ends } from '../../src/core/options.js';
import { count } from '../../src/core/schema.js';
import { cellHash, groupHash, learningRateOf } from './cellHash.js';
import type {
  Cell,
  CellExecutor,
  CellOutcome,
  GridEvent,
  GridOutcome,
  GridRequest,
  GridRound,
  GroupOutcome,
  Stage,
  StageResult,
  TaskEnd,
  TestResult,
  TrainResult,
} from './contract.js';
import {
  cellFolder,
  loadChoice,
  loadTestResult,
  loadTrainResult,
  lockGrid,
  openCellFolder,
  saveChoice,
  saveResult,
} from './gridFolder.js';

/** Cells that differ only in their learning rate. */
type Group = readonly [Cell, ...Cell[]];

/** What ends a group early when the grid is stopped. */
const STOPPED = Symbol('stopped');

/** The cells by group, groups in the order of their first cells. */
function groupCells(cells: readonly Cell[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const cell of cells) {
    const name = groupHash(cell);
    const [first, ...rest] = groups.get(name) ?? [cell];
    groups.set(name, groups.has(name) ? [first, ...rest, cell] : [cell]);
  }
  return [...groups.values()];
}

/** The cell that was best on validation; of equals the one with the lowest rate. */
function bestOf(cells: readonly CellOutcome[]): CellOutcome | undefined {
  const done = cells.flatMap((outcome) => {
    const { trained } = outcome;
    if (trained.status !== 'done') return [];
    const score = trained.best === 'high' ? trained.validation : -trained.validation;
    return [{ outcome, score, rate: learningRateOf(outcome.cell) }];
  });
  return done.sort((a, b) => b.score - a.score || a.rate - b.rate)[0]?.outcome;
}

function checkCells(cells: readonly Cell[]): void {
  const seen = new Map<string, number>();
  for (const [i, cell] of cells.entries()) {
    learningRateOf(cell);
    const before = seen.get(cellHash(cell));
    if (before !== undefined) {
      throw new ConfigError(`grid: cells ${before + 1} and ${i + 1} have the same config; leave one out`);
    }
    seen.set(cellHash(cell), i);
  }
}

/** Refuses learning rates beside those that a test has already been spent on. */
async function checkChoices(out: string, groups: readonly Group[]): Promise<void> {
  for (const group of groups) {
    const choice = await loadChoice(out, group[0]);
    const rates = group.map(learningRateOf);
    if (choice === undefined || String([...rates].sort()) === String([...choice.learningRates].sort()))
      continue;
    throw new ConfigError(
      `grid folder ${out}: expected the learning rates ${choice.learningRates.join(', ')}, among which one was chosen and tested, got ${rates.join(', ')}; the test split is touched once, so choose another folder`,
    );
  }
}

/** A grid while it runs. */
class Grid {
  /** The first thing that went wrong outside the cells, such as a full disk. */
  private failure: { readonly error: unknown } | undefined;

  constructor(
    private readonly request: GridRequest,
    private readonly onEvent: (event: GridEvent) => void,
  ) {}

  /** Runs groups to their end, the test included unless it is only tried out; those that were stopped are left out. */
  async run(groups: readonly Group[], trainOnly: boolean): Promise<readonly GroupOutcome[]> {
    const { signal, executor } = this.request;
    const stop = (): void => executor.cancel();
    signal?.addEventListener('abort', stop, { once: true });
    if (signal?.aborted === true) stop();
    try {
      const running: Promise<GroupOutcome | typeof STOPPED>[] = groups.map((group) =>
        this.runGroup(group, trainOnly).catch((error: unknown) => this.fail(error)),
      );
      const outcomes = await Promise.all(running);
      if (this.failure) throw this.failure.error;
      return outcomes.filter((outcome) => outcome !== STOPPED);
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** Ends the whole grid: nothing may run on in a folder that is about to be unlocked. */
  private fail(error: unknown): typeof STOPPED {
    this.failure ??= { error };
    this.request.executor.cancel();
    return STOPPED;
  }

  /** Trains every cell, chooses one on validation, and tests that one alone. */
  private async runGroup(group: Group, trainOnly: boolean): Promise<GroupOutcome | typeof STOPPED> {
    const { out } = this.request;
    const isChosen = !trainOnly && (await loadChoice(out, group[0])) !== undefined;
    const results = await Promise.all(group.map((cell) => this.train(cell, isChosen)));
    const cells = results.filter((result) => result !== STOPPED);
    if (cells.length < group.length) return STOPPED;
    if (trainOnly) return { cells };
    const chosen = await this.choose(group, cells);
    if (chosen === undefined) return { cells };
    const tested = await this.test(chosen);
    return tested === undefined ? STOPPED : { cells, chosen, tested };
  }

  /** The cell that was best on validation; none while a process that died is why another has no result. */
  private async choose(group: Group, cells: readonly CellOutcome[]): Promise<CellOutcome | undefined> {
    const { out } = this.request;
    const before = await loadChoice(out, group[0]);
    const chosenBefore = before && cells.find(({ id }) => id === before.chosen);
    if (chosenBefore) return chosenBefore;
    if (cells.some(({ trained }) => trained.status === 'failed' && trained.died === true)) return undefined;
    const chosen = bestOf(cells);
    if (chosen)
      await saveChoice(out, group[0], { chosen: chosen.id, learningRates: group.map(learningRateOf) });
    return chosen;
  }

  /** Trains a cell that is not trained yet. One that failed is tried again while its group has no choice. */
  private async train(cell: Cell, isChosen: boolean): Promise<CellOutcome | typeof STOPPED> {
    const folder = await openCellFolder(this.request.out, cell);
    const id = cellHash(cell);
    const before = await loadTrainResult(folder);
    const isFinal = before && (before.status !== 'failed' || isChosen);
    // The cast: a stage gives its own kind of result.
    const trained = isFinal ? before : ((await this.work('train', cell, folder)) as TrainResult | undefined);
    return trained === undefined ? STOPPED : { cell, id, folder, trained };
  }

  private async test({ cell, folder }: CellOutcome): Promise<TestResult | undefined> {
    const before = await loadTestResult(folder);
    if (before && before.status !== 'failed') return before;
    return (await this.work('test', cell, folder)) as TestResult | undefined; // as above
  }

  private async work(stage: Stage, cell: Cell, folder: string): Promise<StageResult | undefined> {
    const id = cellHash(cell);
    const { threads, signal, executor } = this.request;
    const attempt = async (): Promise<TaskEnd> =>
      executor.submit(
        {
          stage,
          cell,
          folder,
          threads,
          onBegin: () => this.onEvent({ type: 'begin', stage, cell: id }),
          onProgress: ({ part, work }) =>
            this.onEvent({ type: 'progress', cell: id, part, ...(work && { work }) }),
        },
        { urgent: stage === 'test' },
      );
    const first = await attempt();
    // A process may die by chance, such as for the memory that another takes: the cell gets one more.
    const { result, died } = first.died && signal?.aborted !== true ? await attempt() : first;
    if (result === undefined) return undefined;
    // A process that died saved nothing. Its end counts as the cell's own unless all are being stopped.
    if (died && signal?.aborted === true) return undefined;
    if (died) await saveResult(stage, folder, result);
    this.onEvent({ type: 'end', stage, cell: id, result });
    return result;
  }
}

async function countFinished(out: string, cells: readonly Cell[]): Promise<number> {
  const results = await Promise.all(cells.map((cell) => loadTrainResult(cellFolder(out, cell))));
  return results.filter((result) => result !== undefined && result.status !== 'failed').length;
}

const checkRequest = optionsCheck<GridRequest>({
  out: z.string(),
  cells: list<readonly Cell[]>(),
  more: callback<NonNullable<GridRequest['more']>>().optional(),
  executor: made<CellExecutor>('an executor of cells, such as localProcesses'),
  threads: count,
  signal: ends.optional(),
  onEvent: callback<(event: GridEvent) => void>().optional(),
});

/**
 * Runs the cells of a grid by an executor: trains each, chooses in every group of cells that differ only in
 * their learning rate the best on validation, and tests that one, once.
 *
 * Results are saved as cells finish, so a grid that was stopped or killed is resumed in the same folder: finished cells
 * are not run again, unfinished ones resume from their checkpoint. A cell that diverges or fails is a result and stops
 * nothing; one whose process dies is tried a second time, and if that dies as well nothing is chosen in its group. A
 * failed cell is tried again when the grid is next run, unless its group has been tested.
 *
 * A grid with `more` goes on in rounds: it asks for further cells when all so far have ended, so that what is run
 * depends on results and never on which cell ended first.
 * @throws ConfigError for equal cells, a folder that another process works in, or other learning rates than those
 *   that a choice was made among; CheckpointError when the folder cannot be written or is damaged.
 */
export async function runGrid(request: GridRequest): Promise<GridOutcome> {
  const { executor } = checkRequest('runGrid', request);
  try {
    return await runRounds(request);
  } finally {
    await executor.close();
  }
}

async function runRounds(request: GridRequest): Promise<GridOutcome> {
  const { out, onEvent = () => undefined, more, signal } = request;
  checkCells(request.cells);
  const unlock = await lockGrid(out);
  const grid = new Grid(request, onEvent);
  const cells: Cell[] = [];
  const outcomes: GroupOutcome[] = [];
  let round: GridRound | undefined = { cells: request.cells };
  try {
    while (round) {
      const { note, trainOnly = false } = round;
      cells.push(...round.cells);
      checkCells(cells);
      const groups = groupCells(round.cells);
      if (!trainOnly) await checkChoices(out, groups);
      const finished = await countFinished(out, round.cells);
      const told = {
        cells: round.cells.length,
        groups: trainOnly ? round.cells.length : groups.length,
        finished,
      };
      if (told.cells > 0 || !more) onEvent({ type: 'start', ...told, ...(note !== undefined && { note }) });
      const done = await grid.run(groups, trainOnly);
      if (!trainOnly) outcomes.push(...done);
      const isWhole = done.length === groups.length;
      const next: GridRound | undefined = isWhole ? await more?.(outcomes, done) : undefined;
      const goesOn = next !== undefined && next.cells.length > 0;
      if (!isWhole || (goesOn && signal?.aborted === true))
        return { type: 'interrupted', finished: await countFinished(out, cells), cells: cells.length };
      round = goesOn ? next : undefined;
    }
    return { type: 'done', groups: outcomes };
  } finally {
    await unlock();
  }
}
