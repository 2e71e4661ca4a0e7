import { counted } from '../src/core/text.js';
import { createHash } from 'node:crypto';
import { openQuestions, type OpenQuestions } from '../eval/compare/continued.js';
import type { Clock } from '../train/clock.js';
import type { GridRound, GroupOutcome } from './grid/contract.js';
import { loadSpent, saveSpent } from './grid/gridFolder.js';
import type { Spent } from './grid/results.js';
import type { AutoSeeds, GridPlan } from './plan.js';
import type { PlannedCell } from './subject.js';
import { resultRows } from './rows.js';

function durationText(seconds: number): string {
  if (seconds >= 3600) return `${Number((seconds / 3600).toPrecision(3))} h`;
  return seconds >= 60
    ? `${Number((seconds / 60).toPrecision(3))} min`
    : `${Number(seconds.toPrecision(3))} s`;
}

/**
 * The rounds of a grid whose seeds are added until its pairs are decided: seed 1 of all variants, then each next seed of
 * the variants that need it.
 *
 * What a round holds depends on the results of those before it and on the time they took, which is kept in
 * `<out>/seeds/`: a grid that is resumed, with any number of processes, goes on as it would have.
 */
export class SeedRounds {
  private spent: Spent = { seconds: {}, ended: [] };
  private startedAt: number | undefined;
  private seed = 1;
  /** Cells of the round before. */
  private cells = 0;
  /** Why no more seeds were added, and what that leaves open; empty before the end. */
  ending = '';

  private constructor(
    private readonly plan: GridPlan,
    private readonly auto: AutoSeeds,
    private readonly out: string,
    private readonly clock: Clock,
  ) {}

  /** Rounds in a folder, with the time that sessions before have spent. @throws CheckpointError when that is damaged. */
  static async open(plan: GridPlan, auto: AutoSeeds, out: string, clock: Clock): Promise<SeedRounds> {
    const rounds = new SeedRounds(plan, auto, out, clock);
    rounds.spent = (await loadSpent(out, rounds.name())) ?? rounds.spent;
    return rounds;
  }

  /** Of grids with the same first seed, whatever their budget. */
  private name(): string {
    const first = this.plan.cells.filter(({ seed }) => seed === 1).map(({ id }) => id);
    return createHash('sha256').update(first.join()).digest('hex').slice(0, 12);
  }

  /** The cells of the first seed, which are run whatever the budget is; what came before it counts as seed 0. */
  async first(secondsBefore: number): Promise<GridRound['cells']> {
    if (secondsBefore > this.secondsOf(0)) {
      this.spent = { ...this.spent, seconds: { ...this.spent.seconds, 0: secondsBefore } };
      await saveSpent(this.out, this.name(), this.spent);
    }
    return this.begin(this.cellsOf(() => true));
  }

  private begin(cells: readonly PlannedCell[]): GridRound['cells'] {
    this.startedAt = this.clock();
    this.cells = cells.length;
    return cells.map(({ cell }) => cell);
  }

  /** The next round after all cells so far have ended; without cells at the end. */
  async next(groups: readonly GroupOutcome[]): Promise<GridRound> {
    await this.endRound();
    const questions = openQuestions(resultRows(this.plan, groups), { margin: this.plan.margin });
    this.seed++;
    const cells = this.cellsOf(({ task, variant }) => questions.needsSeeds(task, variant));
    const reason = this.reasonToEnd(cells.length);
    if (reason !== undefined) {
      this.ending = this.endingOf(reason, questions);
      return { cells: [] };
    }
    const { open, pairs } = questions;
    return { cells: this.begin(cells), note: `seed ${this.seed}, ${open} of ${counted(pairs, 'pair')} open` };
  }

  /** Keeps the time of a round that was stopped. */
  async endRound(isWhole = true): Promise<void> {
    if (this.startedAt === undefined) return;
    const took = (this.clock() - this.startedAt) / 1000;
    this.startedAt = undefined;
    // A round that is only read again has taken its time before.
    if (this.spent.ended.includes(this.seed)) return;
    const seconds = { ...this.spent.seconds, [this.seed]: this.secondsOf(this.seed) + took };
    this.spent = { seconds, ended: [...this.spent.ended, ...(isWhole ? [this.seed] : [])] };
    await saveSpent(this.out, this.name(), this.spent);
  }

  private secondsOf(seed: number): number {
    return this.spent.seconds[String(seed)] ?? 0;
  }

  private cellsOf(keep: (cell: PlannedCell) => boolean): readonly PlannedCell[] {
    return this.plan.cells.filter((cell) => cell.seed === this.seed && keep(cell));
  }

  /** Why this round is not run; it is expected to take what the last one took, by the cell. */
  private reasonToEnd(cells: number): string | undefined {
    const { maxSeeds, budgetSeconds = Infinity } = this.auto;
    if (this.seed > maxSeeds) return `after ${counted(maxSeeds, 'seed')}, the most that --max-seeds allows`;
    if (cells === 0) return `after ${counted(this.seed - 1, 'seed')}`;
    // A round that ended before only has to be read: a smaller budget must not leave its results out of the report.
    if (this.spent.ended.includes(this.seed)) return undefined;
    const earlier = Array.from({ length: this.seed }, (_, i) => this.secondsOf(i));
    const spent = earlier.reduce((sum, seconds) => sum + seconds, 0);
    const expected = (this.secondsOf(this.seed - 1) * cells) / this.cells;
    if (spent + expected <= budgetSeconds) return undefined;
    const next = spent > budgetSeconds ? '' : `, the next would take about ${durationText(expected)}`;
    return `after ${counted(this.seed - 1, 'seed')}, which took ${durationText(spent)} of the budget of ${durationText(budgetSeconds)}${next}`;
  }

  private endingOf(reason: string, { open, pairs, givenUp }: OpenQuestions): string {
    const lost = givenUp.length > 0 ? `; given up without a result: ${givenUp.join('; ')}` : '';
    const left =
      open === 0
        ? `all ${counted(pairs, 'pair')} decided`
        : `${open} of ${counted(pairs, 'pair')} not decided`;
    return `Seeds were added until they ended ${reason}: ${left}${lost}.`;
  }
}
